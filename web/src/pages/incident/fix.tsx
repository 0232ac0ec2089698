import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { idempotencyKey } from "../../api/act";
import { answered, api, isProblem, ProblemError, type Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { useShortcuts } from "../../app/shortcuts";
import { AtTime, span, useNow } from "../../parts/ago";
import { Button } from "../../parts/button";
import type { Confirmation } from "../../parts/confirm";
import parts from "../../parts/parts.module.css";
import { RoleHides, useMay, WhoMay } from "../../parts/role";
import styles from "./incident.module.css";
import { differences } from "./plan_change";
import { Progress } from "./progress";

type Incident = Schemas["Incident"];
type Remedy = NonNullable<Incident["remedy"]>;

// What would help, what it risks and how it is taken back; and the one button. The server decides: it refuses a plan
// that is not the one that was shown here.
export function FixCard({ incident, ask }: { incident: Incident; ask: (question: Confirmation) => void }) {
  const { remedy, refusal } = incident;
  return (
    <section className={`${parts.card} ${styles.fix}`} aria-labelledby="fix">
      <h2 id="fix">Proposed fix</h2>
      {!remedy && <p>{refusal?.reason || withoutRemedy(incident)}</p>}
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
        </>
      )}
      <Progress incident={incident} />
      {remedy && <Decide incident={incident} remedy={remedy} ask={ask} />}
      <RoleHides permission="operate">
        <DryRun incident={incident} />
      </RoleHides>
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

// Why there is nothing to press.
function withoutRemedy(incident: Incident): string {
  const last = incident.treatments.at(-1);
  if (incident.state === "open" && last?.state === "failed") return `Nothing to do any more: ${last.report}.`;
  const proposed = incident.timeline.findLast((entry) => entry.what === "proposed");
  if (incident.state === "open" && proposed) return `Nothing is proposed: ${proposed.text}.`;
  if (incident.state === "resolved") return "It is over. Nothing to do.";
  if (incident.state === "diagnosing") return "A fix is proposed only when the cause is known.";
  return "Nothing is proposed.";
}

function provenHere({ remedy, similar }: Incident): string {
  const records = similar.filter((past) => past.action === remedy?.action && past.tried > 0);
  const tried = records.reduce((sum, past) => sum + past.tried, 0);
  const helped = records.reduce((sum, past) => sum + past.helped, 0);
  return tried === 0 ? "not tried here yet" : `helped ${helped} of ${tried} times here`;
}

interface DecideProps {
  incident: Incident;
  remedy: Remedy;
  ask: (question: Confirmation) => void;
}

function Decide({ incident, remedy, ask }: DecideProps) {
  const client = useQueryClient();
  const now = useNow();
  const left = remedy.expires_at ? (Date.parse(remedy.expires_at) - now) / 1000 : undefined;
  const isOver = ["applying", "verifying", "healed", "failed", "resolved", "muted", "refused"].includes(incident.state);
  const allowed = useMay("operate");
  const may = allowed && incident.state === "awaiting_approval" && remedy.decision === "approve" && (left === undefined || left > 0);
  const review = () =>
    ask({
      title: `${remedy.title} on ${incident.server}?`,
      lost: (
        <>
          <p>{remedy.risk}</p>
          <pre className={styles.statement}>{remedy.statements.join("\n")}</pre>
          {remedy.undo && <p className={parts.meta}>Undo: {remedy.undo}</p>}
        </>
      ),
      answer: remedy.title,
      look: remedy.level >= 3 ? "danger" : "primary",
      typed: remedy.level >= 3 ? incident.database || incident.server : undefined,
      run: async () => {
        try {
          await answered(
            api.POST("/api/v1/incidents/{id}/approve", {
              params: { path: { id: incident.id }, header: { "Idempotency-Key": idempotencyKey() } },
              body: { plan_id: remedy.plan_id, plan_hash: remedy.plan_hash },
            }),
          );
        } catch (error) {
          if (!isProblem(error) || error.status !== 409) throw error;
          throw await withDifference(error, remedy, () => client.fetchQuery({ ...queries.incident(incident.id), staleTime: 0 }));
        } finally {
          await client.invalidateQueries({ queryKey: ["incidents"] });
        }
      },
    });
  useShortcuts(may ? { review_fix: review } : {});
  if (isOver) return null;
  if (left !== undefined && left <= 0 && remedy.decision === "approve")
    return <p className={parts.meta}>This plan is too old. Look again for a fresh one.</p>;
  if (allowed === false && remedy.decision === "approve") return <WhoMay permission="operate" what="approve this fix" />;
  if (!may) return <p className={parts.meta}>{whyNoButton(remedy.decision)}</p>;
  return (
    <div className={styles.sticky}>
      <Button look="primary" className={styles.apply} onClick={review} aria-keyshortcuts="a">
        Apply fix… <kbd>a</kbd>
      </Button>
      {left !== undefined && <p className={parts.meta}>Asks first. This plan is good for {span(left)}.</p>}
    </div>
  );
}

// The plan that was shown is not the one that would be carried out: what is different stands in the dialog.
async function withDifference(error: ProblemError, shown: Remedy, fetch: () => Promise<Incident>): Promise<ProblemError> {
  const now = await fetch().catch(() => undefined);
  const lines = now ? differences(shown, now.remedy) : [];
  return new ProblemError({ ...error.problem, detail: [error.problem.detail, ...lines].filter(Boolean).join("\n") });
}

function whyNoButton(decision: string) {
  const words: Record<string, string> = {
    off: "Policy is off for this action: nothing is done here.",
    suggest: "Policy is suggest: a person runs the statement.",
    auto: "Policy is auto: Selfheal does it by itself when its proof is complete.",
  };
  return (
    <>
      {words[decision] ?? "There is nothing to approve now."} <Link to="/settings/policies">Policies</Link>
    </>
  );
}

// Asks the database again what the plan presupposes. Never acts.
function DryRun({ incident }: { incident: Incident }) {
  const client = useQueryClient();
  const before = incident.remedy?.plan_hash;
  const look = useMutation({
    mutationFn: () =>
      answered(
        api.POST("/api/v1/incidents/{id}/reconsider", {
          params: { path: { id: incident.id }, header: { "Idempotency-Key": idempotencyKey() } },
        }),
      ).then((answer) => ({ ...answer, at: new Date().toISOString(), same: answer.incident.remedy?.plan_hash === before })),
    onSettled: () => client.invalidateQueries({ queryKey: ["incidents"] }),
  });
  if (!["open", "diagnosing", "awaiting_approval", "reopened", "refused"].includes(incident.state)) return null;
  return (
    <div className={styles.dry_run}>
      <Button disabled={look.isPending} onClick={() => look.mutate()}>
        {look.isPending ? "Looking…" : incident.remedy ? "Dry run" : "Look again"}
      </Button>
      <p role="status" className={parts.meta}>
        {look.data && (
          <>
            <AtTime at={look.data.at} />: {look.data.incident.remedy && look.data.same ? "✓ the plan still holds" : look.data.reason || look.data.outcome}
          </>
        )}
        {look.isError && (isProblem(look.error) ? (look.error.problem.detail ?? look.error.problem.title) : "The server cannot be reached.")}
      </p>
    </div>
  );
}
