import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { Ago } from "../../parts/ago";
import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import styles from "./incident.module.css";

type Incident = Schemas["Incident"];

export function TreatmentsCard({ treatments }: { treatments: Schemas["Treatment"][] }) {
  if (treatments.length === 0) return null;
  return (
    <section className={parts.card} aria-labelledby="treatments">
      <h2 id="treatments">What was done</h2>
      <ul className={parts.list}>
        {treatments.map((treatment) => (
          <li key={treatment.id} className={parts.row}>
            <span className={parts.grow}>
              <code>{treatment.action}</code> {treatment.target}
              <span className={parts.meta}>
                {" "}
                · approved by {treatment.approved_by} · {treatment.report || treatment.state}
              </span>
            </span>
            <span className={parts.state}>{treatment.verdict ?? treatment.state}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function TimelineCard({ incident }: { incident: Incident }) {
  return (
    <section className={parts.card} aria-labelledby="timeline">
      <h2 id="timeline" className={styles.with_note}>
        Timeline <CopyButton label="Copy hand-over" text={() => handOver(incident)} />
      </h2>
      <ol className={parts.list}>
        {incident.timeline.map((entry, at) => (
          <li key={at} id={`t${at}`} className={styles.entry}>
            <a href={`#t${at}`} aria-label={`Link to this entry, ${new Date(entry.at).toLocaleString()}`}>
              <time dateTime={entry.at} title={new Date(entry.at).toLocaleString()}>
                {new Date(entry.at).toLocaleTimeString()}
              </time>
            </a>
            <strong>{entry.what}</strong>
            <span>{entry.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function handOver(incident: Incident): string {
  const lines = [
    `## ${incident.id} ${incident.title}`,
    `State: ${incident.state} · ${incident.severity} · ${incident.category} ${incident.sqlstate} · ${incident.server}`,
    `Cause: ${incident.cause || "not found"} (${incident.confidence})`,
    `Seen ${incident.events} times, first ${incident.first_seen}, last ${incident.last_seen}`,
    ...incident.explanation.map((sentence) => `- ${sentence.text} [${sentence.evidence_id}]`),
    "",
    ...incident.timeline.map((entry) => `- ${entry.at} ${entry.what}: ${entry.text}`),
  ];
  return lines.join("\n");
}

export function CopyButton({ label, text }: { label: string; text: () => string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      onClick={() => {
        void navigator.clipboard?.writeText(text()).then(() => setCopied(true));
      }}
    >
      {copied ? "Copied" : label}
    </Button>
  );
}

export function SimilarCard({ cases }: { cases: Schemas["SimilarCase"][] }) {
  if (cases.length === 0) return null;
  return (
    <section className={parts.card} aria-labelledby="similar">
      <h2 id="similar">Seen before</h2>
      <ul className={parts.list}>
        {cases.map((past, at) => (
          <li key={at} className={parts.row}>
            <div className={parts.grow}>
              {past.incident ? (
                <Link to="/incidents/$id" params={{ id: past.incident }}>
                  {past.incident} {past.title}
                </Link>
              ) : (
                <span>Runbook: {past.title}</span>
              )}
              <p className={parts.meta}>
                {past.why.join(" ")} {past.at && <Ago at={past.at} />}
              </p>
              {past.notes.map((note, line) => (
                <p key={line}>“{note}”</p>
              ))}
            </div>
            {past.tried > 0 && (
              <span className={parts.state}>
                <code>{past.action}</code> helped {past.helped} of {past.tried}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function EventsCard({ incident }: { incident: Incident }) {
  return (
    <section className={parts.card} aria-labelledby="events">
      <h2 id="events">The error itself</h2>
      {incident.message && <p>{incident.message}</p>}
      {incident.statement && <pre className={styles.statement}>{incident.statement}</pre>}
      {incident.retry && (
        <p className={parts.meta}>
          {incident.retry.safe ? `May be tried again (${incident.retry.scope}): ` : "Trying again does not help: "}
          {incident.retry.why}
        </p>
      )}
    </section>
  );
}

export function RawCard({ incident }: { incident: Incident }) {
  return (
    <details className={parts.card}>
      <summary>Raw (JSON)</summary>
      <pre className={styles.statement}>{JSON.stringify(incident, null, 2)}</pre>
    </details>
  );
}
