import type { Schemas } from "../api/client";
import { IncidentRow } from "./incident_row";
import styles from "./incidents.module.css";

// A few incidents, all of them drawn. For lists without end there is IncidentPanel.
export function IncidentList({ incidents }: { incidents: Schemas["Incident"][] }) {
  return (
    <ul className={styles.short}>
      {incidents.map((incident) => (
        <li key={incident.id}>
          <IncidentRow incident={incident} />
        </li>
      ))}
    </ul>
  );
}
