import { Link } from "@tanstack/react-router";
import type { Schemas } from "../api/client";
import { Ago } from "./ago";
import styles from "./parts.module.css";
import { SeverityBadge, Sureness, stateWords } from "./words";

export function IncidentList({ incidents }: { incidents: Schemas["Incident"][] }) {
  return (
    <ul className={styles.list}>
      {incidents.map((incident) => (
        <li key={incident.id} className={styles.row}>
          <SeverityBadge severity={incident.severity} />
          <div className={styles.grow}>
            <Link to="/incidents/$id" params={{ id: incident.id }}>
              {incident.title}
            </Link>
            <p className={styles.meta}>
              <code>
                {incident.category} {incident.sqlstate}
              </code>{" "}
              · {incident.server} · {incident.events} {incident.events === 1 ? "event" : "events"} · last{" "}
              <Ago at={incident.last_seen} />
            </p>
          </div>
          <Sureness confidence={incident.confidence} />
          <span className={styles.state}>{stateWords(incident.state)}</span>
        </li>
      ))}
    </ul>
  );
}
