import { Link } from "@tanstack/react-router";
import { memo } from "react";
import type { Schemas } from "../api/client";
import { Ago } from "./ago";
import { counted } from "./format";
import { Icon } from "./icon";
import styles from "./incidents.module.css";
import { copyLink } from "./toast";
import { SeverityBadge, StateWord, Sureness } from "./words";

interface IncidentRowProps {
  incident: Schemas["Incident"];
  cursor?: boolean;
  chosen?: boolean;
  choose?: (id: string) => void;
}

export const IncidentRow = memo(function IncidentRow({ incident, cursor = false, chosen = false, choose }: IncidentRowProps) {
  return (
    <div className={styles.row} data-cursor={cursor} data-state={incident.state}>
      {choose && (
        <label className={styles.choose}>
          <input type="checkbox" checked={chosen} onChange={() => choose(incident.id)} />
          <span className="visually-hidden">Select {incident.id}</span>
        </label>
      )}
      <SeverityBadge severity={incident.severity} />
      <div className={styles.words}>
        <Link to="/incidents/$id" params={{ id: incident.id }} data-incident={incident.id} className={styles.title}>
          {incident.title}
        </Link>
        <p className={styles.meta}>
          <code>
            {incident.category} {incident.sqlstate}
          </code>{" "}
          · {incident.server}
          {incident.database && `/${incident.database}`} · {counted(incident.events, "event")} · last <Ago at={incident.last_seen} />
        </p>
      </div>
      <span className={styles.sure}>
        <Sureness confidence={incident.confidence} />
      </span>
      <span className={styles.state} data-live>
        <StateWord state={incident.state} />
      </span>
      <button
        type="button"
        className={styles.link}
        aria-label={`Copy the link of ${incident.id}`}
        title="Copy link"
        onClick={() => copyLink(`/incidents/${incident.id}`)}
      >
        <Icon name="link" />
      </button>
    </div>
  );
});
