import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { Ago, AtTime } from "../../parts/ago";
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
                · approved by {treatment.approved_by} · {treatment.report || treatment.state} · <AtTime at={treatment.acted_at ?? treatment.at} />
              </span>
            </span>
            <span className={parts.state}>{treatment.verdict ?? treatment.state}</span>
          </li>
        ))}
      </ul>
    </section>
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

const kShown = 20;

export function EventsCard({ incident }: { incident: Incident }) {
  const { data, error } = useQuery(queries.history(incident.id));
  const seen = data?.occurrences.slice().reverse() ?? [];
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
      {error && <p role="alert">When it was seen could not be read: {error.message}</p>}
      {seen.length > 0 && (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="When it was seen">
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">First</th>
                <th scope="col">Last</th>
                <th scope="col">Events</th>
                <th scope="col">Message, without values</th>
              </tr>
            </thead>
            <tbody>
              {seen.slice(0, kShown).map((each, at) => (
                <tr key={at}>
                  <td>
                    <AtTime at={each.first_seen} />
                  </td>
                  <td>
                    <AtTime at={each.last_seen} />
                  </td>
                  <td>{each.count}</td>
                  <td>{each.message}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {seen.length > kShown && <p className={parts.meta}>and {seen.length - kShown} earlier batches</p>}
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
