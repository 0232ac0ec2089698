import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { useShortcuts } from "../../app/shortcuts";
import { AtTime } from "../../parts/ago";
import { Button } from "../../parts/button";
import { counted } from "../../parts/format";
import parts from "../../parts/parts.module.css";
import { ResultTable } from "../../parts/result_table";
import { Sureness } from "../../parts/words";
import styles from "./incident.module.css";

const kMarks: Record<string, { glyph: string; word: string }> = {
  passed: { glyph: "✓", word: "passed" },
  failed: { glyph: "✗", word: "failed" },
  unknown: { glyph: "–", word: "could not be checked" },
};

export function VerdictCard({ incident }: { incident: Schemas["Incident"] }) {
  const [shown, setShown] = useState<string>();
  const cause = incident.explanation.length > 0 || incident.checks.length > 0;
  const first = incident.checks.find((check) => check.evidence_id)?.evidence_id ?? incident.explanation[0]?.evidence_id;
  useShortcuts(first ? { evidence: () => setShown(shown ? undefined : first) } : {});
  return (
    <section className={parts.card} aria-labelledby="verdict">
      <h2 id="verdict" className={styles.with_note}>
        What is wrong <Sureness confidence={incident.confidence} />
      </h2>
      {!cause && <NoCause incident={incident} />}
      {incident.explanation.map((sentence, at) => (
        <p key={at}>
          {sentence.text} <EvidenceLink id={sentence.evidence_id} show={setShown} />
        </p>
      ))}
      <ul className={styles.checks}>
        {incident.checks.map((check) => (
          <li key={check.id} data-status={check.status}>
            <span aria-hidden="true" className={styles.mark}>
              {kMarks[check.status]?.glyph}
            </span>
            <span>
              <span className="visually-hidden">{kMarks[check.status]?.word}: </span>
              {check.title} <EvidenceLink id={check.evidence_id} show={setShown} />
            </span>
          </li>
        ))}
      </ul>
      <WhyNotSure incident={incident} />
      {incident.ruled_out.length > 0 && (
        <>
          <h3 className={styles.small_head}>Ruled out</h3>
          <ul className={styles.plain}>
            {incident.ruled_out.map((other) => (
              <li key={other.cause}>
                <code>{other.cause}</code>: {other.why}
              </li>
            ))}
          </ul>
        </>
      )}
      {incident.verdict && (
        <p className={styles.outcome}>
          <strong>{incident.verdict}</strong>: {incident.verdict_reason}
        </p>
      )}
      {shown && <EvidencePanel incident={incident.id} id={shown} close={() => setShown(undefined)} />}
    </section>
  );
}

function NoCause({ incident }: { incident: Schemas["Incident"] }) {
  const { data } = useQuery(queries.evidence(incident.id));
  if (incident.state === "diagnosing")
    return (
      <p role="status" className={parts.meta}>
        Gathering evidence…
      </p>
    );
  const asked = data?.items.filter((item) => item.sql).map((item) => item.probe) ?? [];
  return (
    <>
      <p>
        Cause not found.{" "}
        {asked.length > 0 ? `Asked the database ${counted(asked.length, "thing")}: ${asked.join(", ")}.` : "No playbook knows this error."}
      </p>
      <p className={parts.meta}>
        What would help: the error of the application that came first, or{" "}
        <Link to="/chat" search={{ incident: incident.id }}>
          a question about it
        </Link>
        .
      </p>
    </>
  );
}

// Less than confirmed has a reason: what could not be checked, or did not fit.
function WhyNotSure({ incident }: { incident: Schemas["Incident"] }) {
  const doubts = incident.checks.filter((check) => check.status !== "passed");
  if (incident.confidence === "confirmed" || doubts.length === 0) return null;
  return (
    <details className={styles.why}>
      <summary>Why not sure?</summary>
      <ul className={styles.plain}>
        {doubts.map((check) => (
          <li key={check.id}>
            {check.title}: {kMarks[check.status]?.word}
          </li>
        ))}
      </ul>
    </details>
  );
}

export function EvidenceLink({ id, show }: { id: string; show: (id: string) => void }) {
  if (!id) return null;
  return (
    <button type="button" className={styles.evidence} onClick={() => show(id)} aria-label={`Evidence ${id}`}>
      [{id}]
    </button>
  );
}

function EvidencePanel({ incident, id, close }: { incident: string; id: string; close: () => void }) {
  const { data, error } = useQuery(queries.evidence(incident));
  const item = data?.items.find((each) => each.id === id);
  return (
    <div className={styles.panel} role="region" aria-label={`Evidence ${id}`}>
      <p className={styles.with_note}>
        <strong>
          {id} {item?.probe}
        </strong>
        <Button onClick={close}>Close</Button>
      </p>
      {error && <p role="alert">The evidence could not be read: {error.message}</p>}
      {item && (
        <>
          <p className={parts.meta}>
            taken <AtTime at={item.taken_at} /> in {Math.round(item.took_s * 1000)} ms · {item.row_count}{" "}
            {item.row_count === 1 ? "row" : "rows"}
            {item.why && ` · ${item.status}: ${item.why}`}
          </p>
          {item.row_count > 0 && <ResultTable columns={item.columns} rows={item.rows} label={`Rows of ${id}`} />}
          {item.sql && (
            <details>
              <summary>The SQL that ran</summary>
              <pre className={styles.statement}>{item.sql}</pre>
            </details>
          )}
        </>
      )}
      {data && !item && <p>This evidence is not kept any more.</p>}
    </div>
  );
}
