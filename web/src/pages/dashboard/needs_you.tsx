import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { queries } from "../../api/queries";
import { useShortcuts } from "../../app/shortcuts";
import buttons from "../../parts/button.module.css";
import parts from "../../parts/parts.module.css";
import { SeverityBadge } from "../../parts/words";
import styles from "./dashboard.module.css";

const kShown = 5;

// What goes no further without a person.
export function NeedsYou() {
  const { data } = useQuery(queries.incidents({ state: ["awaiting_approval"] }));
  const navigate = useNavigate();
  const waiting = data?.items ?? [];
  const first = waiting[0];
  useShortcuts(first ? { review_fix: () => void navigate({ to: "/incidents/$id", params: { id: first.id }, hash: "fix" }) } : {});
  if (waiting.length === 0) return null;
  return (
    <section className={`${parts.card} ${styles.needs}`} aria-labelledby="needs">
      <h2 id="needs">Needs you ({waiting.length}
        {data?.next_cursor && "+"})</h2>
      <ul className={parts.list}>
        {waiting.slice(0, kShown).map((incident) => (
          <li key={incident.id} className={styles.need}>
            <SeverityBadge severity={incident.severity} />
            <span className={parts.grow}>
              <Link to="/incidents/$id" params={{ id: incident.id }}>
                {incident.id}
              </Link>{" "}
              {incident.remedy ? `Fix ready: ${lowered(incident.remedy.title)}` : incident.title} on {incident.server}
              {incident.remedy?.risk && <span className={parts.meta}> · risk: {incident.remedy.risk}</span>}
            </span>
            <Link to="/incidents/$id" params={{ id: incident.id }} hash="fix" className={buttons.button}>
              Review fix {incident === first && <kbd className={parts.key}>a</kbd>}
            </Link>
          </li>
        ))}
      </ul>
      {waiting.length > kShown && (
        <Link to="/incidents" search={{ state: "awaiting_approval" }} className={styles.more}>
          {waiting.length - kShown} more
        </Link>
      )}
    </section>
  );
}

function lowered(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}
