import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Schemas } from "../api/client";
import { queries } from "../api/queries";
import { Ago } from "../parts/ago";
import parts from "../parts/parts.module.css";
import { ProblemCard } from "../parts/problem";
import { useTitle } from "../parts/title";
import { SeverityBadge, Sureness, stateWords } from "../parts/words";
import styles from "./incident.module.css";

const route = getRouteApi("/incidents/$id");

export function IncidentPage() {
  const { id } = route.useParams();
  useTitle(id);
  const { data: incident, error, refetch } = useQuery(queries.incident(id));
  if (error) return <ProblemCard error={error} again={() => void refetch()} />;
  if (!incident) return <p aria-busy="true" />;
  return (
    <>
      <p>
        <Link to="/incidents">‹ Incidents</Link>
      </p>
      <p className={styles.facts}>
        <SeverityBadge severity={incident.severity} /> {stateWords(incident.state)}{" "}
        <code>
          {incident.category} {incident.sqlstate} · {incident.id}
        </code>
      </p>
      <h1>{incident.title}</h1>
      <p className={parts.meta}>
        {incident.events} {incident.events === 1 ? "event" : "events"} · first <Ago at={incident.first_seen} /> · last{" "}
        <Ago at={incident.last_seen} /> · {incident.server}
      </p>
      <div className={styles.columns}>
        <Verdict incident={incident} />
        <Fix incident={incident} />
      </div>
      <Timeline entries={incident.timeline} />
    </>
  );
}

const kMarks: Record<string, string> = { passed: "✓", failed: "✗", unknown: "–" };

function Verdict({ incident }: { incident: Schemas["Incident"] }) {
  return (
    <section className={parts.card} aria-label="What is wrong">
      <h2>
        What is wrong <Sureness confidence={incident.confidence} />
      </h2>
      {incident.explanation.map((sentence, at) => (
        <p key={at}>
          {sentence.text} {sentence.evidence_id && <code>[{sentence.evidence_id}]</code>}
        </p>
      ))}
      <ul className={parts.list}>
        {incident.checks.map((check) => (
          <li key={check.id}>
            <span aria-hidden="true">{kMarks[check.status]}</span>{" "}
            <span className="visually-hidden">{check.status}: </span>
            {check.title} {check.evidence_id && <code>[{check.evidence_id}]</code>}
          </li>
        ))}
      </ul>
      {incident.ruled_out.length > 0 && (
        <p className={parts.meta}>
          Ruled out: {incident.ruled_out.map((other) => `${other.cause} (${other.why})`).join("; ")}
        </p>
      )}
    </section>
  );
}

function Fix({ incident }: { incident: Schemas["Incident"] }) {
  const { remedy, refusal } = incident;
  return (
    <section className={parts.card} aria-label="Proposed fix">
      <h2>Proposed fix</h2>
      {!remedy && <p>{refusal?.reason ?? "Nothing is proposed."}</p>}
      {refusal?.statement && <pre className={styles.statement}>{refusal.statement}</pre>}
      {remedy && (
        <>
          <p>{remedy.title}</p>
          <pre className={styles.statement}>{remedy.statements.join("\n")}</pre>
          <dl className={styles.terms}>
            <dt>Risk</dt>
            <dd>{remedy.risk}</dd>
            <dt>Undo</dt>
            <dd>{remedy.undo}</dd>
            <dt>Policy</dt>
            <dd>{remedy.reason}</dd>
          </dl>
        </>
      )}
    </section>
  );
}

function Timeline({ entries }: { entries: Schemas["TimelineEntry"][] }) {
  return (
    <section className={parts.card} aria-label="Timeline">
      <h2>Timeline</h2>
      <ol className={parts.list}>
        {entries.map((entry, at) => (
          <li key={at} id={`t${at}`} className={styles.entry}>
            <time dateTime={entry.at}>{new Date(entry.at).toLocaleTimeString()}</time>
            <span>{entry.what}</span>
            <span>{entry.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
