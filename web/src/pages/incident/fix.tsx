import { useQueryClient } from "@tanstack/react-query";
import { idempotencyKey } from "../../api/act";
import { answered, api, type Schemas } from "../../api/client";
import { span, useNow } from "../../parts/ago";
import { Button } from "../../parts/button";
import type { Confirmation } from "../../parts/confirm";
import parts from "../../parts/parts.module.css";
import styles from "./incident.module.css";

type Incident = Schemas["Incident"];

// What would help, what it risks and how it is taken back; and the one button. The server decides: it refuses a plan
// that is not the one that was shown here.
export function FixCard({ incident, ask }: { incident: Incident; ask: (question: Confirmation) => void }) {
  const { remedy, refusal } = incident;
  return (
    <section className={parts.card} aria-labelledby="fix">
      <h2 id="fix">Proposed fix</h2>
      {!remedy && <p>{refusal?.reason || "Nothing is proposed."}</p>}
      {refusal?.statement && (
        <>
          <p className={parts.meta}>What a person could run:</p>
          <pre className={styles.statement}>{refusal.statement}</pre>
        </>
      )}
      {remedy && (
        <>
          <p>{remedy.title}</p>
          <pre className={styles.statement}>{remedy.statements.join("\n")}</pre>
          <dl className={styles.terms}>
            <Term name="Risk" text={remedy.risk} />
            <Term name="Undo" text={remedy.undo} />
            <Term name="Only while" text={remedy.guards.join("; ")} />
            <Term name="Proven" text={provenHere(incident)} />
            <Term name="Policy" text={remedy.reason || remedy.decision} />
          </dl>
          <Progress incident={incident} remedy={remedy} ask={ask} />
        </>
      )}
    </section>
  );
}

function Term({ name, text }: { name: string; text: string }) {
  if (!text) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </>
  );
}

function provenHere({ remedy, similar }: Incident): string {
  const records = similar.filter((past) => past.action === remedy?.action && past.tried > 0);
  const tried = records.reduce((sum, past) => sum + past.tried, 0);
  const helped = records.reduce((sum, past) => sum + past.helped, 0);
  return tried === 0 ? "not tried here yet" : `helped ${helped} of ${tried} times here`;
}

interface ProgressProps {
  incident: Incident;
  remedy: NonNullable<Incident["remedy"]>;
  ask: (question: Confirmation) => void;
}

function Progress({ incident, remedy, ask }: ProgressProps) {
  const client = useQueryClient();
  const now = useNow();
  const left = remedy.expires_at ? (Date.parse(remedy.expires_at) - now) / 1000 : undefined;
  if (incident.state === "applying") return <p role="status">Applying…</p>;
  if (incident.state === "verifying")
    return (
      <p role="status">
        {incident.relieved_at ? "The symptom is gone. Watching whether it stays away…" : "Verifying whether it helped…"}
      </p>
    );
  if (incident.state === "healed") return <p role="status">✓ Healed: {incident.verdict_reason}</p>;
  if (incident.state === "failed") return <p role="alert">✗ It did not work: {incident.verdict_reason}</p>;
  if (incident.state !== "awaiting_approval" || remedy.decision !== "approve")
    return <p className={parts.meta}>{whyNoButton(remedy.decision)}</p>;
  if (left !== undefined && left <= 0) return <p className={parts.meta}>This plan is too old. A new one comes by itself.</p>;
  const run = async () => {
    try {
      await answered(
        api.POST("/api/v1/incidents/{id}/approve", {
          params: { path: { id: incident.id }, header: { "Idempotency-Key": idempotencyKey() } },
          body: { plan_id: remedy.plan_id, plan_hash: remedy.plan_hash },
        }),
      );
    } finally {
      await client.invalidateQueries({ queryKey: ["incidents"] });
    }
  };
  return (
    <>
      <Button
        look="primary"
        className={styles.apply}
        onClick={() =>
          ask({
            title: `${remedy.title} on ${incident.server}?`,
            lost: (
              <>
                <p>{remedy.risk}</p>
                <pre className={styles.statement}>{remedy.statements.join("\n")}</pre>
              </>
            ),
            answer: remedy.title,
            look: remedy.level >= 3 ? "danger" : "primary",
            typed: remedy.level >= 3 ? incident.database || incident.server : undefined,
            run,
          })
        }
      >
        Apply fix…
      </Button>
      {left !== undefined && <p className={parts.meta}>This plan is good for {span(left)}.</p>}
    </>
  );
}

function whyNoButton(decision: string): string {
  const words: Record<string, string> = {
    off: "Policy is off for this action: nothing is done here.",
    suggest: "Policy is suggest: a person runs the statement.",
    auto: "Policy is auto: Selfheal does it by itself when its proof is complete.",
  };
  return words[decision] ?? "There is nothing to approve now.";
}
