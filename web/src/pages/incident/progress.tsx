import type { Schemas } from "../../api/client";
import { AtTime, span, useNow } from "../../parts/ago";
import styles from "./incident.module.css";

type Incident = Schemas["Incident"];

// Where a fix stands after the button, with each check by name.
export function Progress({ incident }: { incident: Incident }) {
  const { state } = incident;
  if (state === "applying")
    return (
      <p role="status" className={styles.working}>
        Applying…
      </p>
    );
  if (state === "verifying") return <Verifying incident={incident} />;
  if (state === "healed")
    return (
      <p role="status" className={styles.healed}>
        ✓ Healed{incident.closed_at && <> at <AtTime at={incident.closed_at} /></>}: {incident.verdict_reason}
      </p>
    );
  if (state === "failed") return <Failed incident={incident} />;
  return null;
}

function Failed({ incident }: { incident: Incident }) {
  const last = incident.treatments.at(-1);
  return (
    <div role="alert" className={styles.failed}>
      <strong>✗ The fix did not work</strong>
      <p>{incident.verdict_reason}</p>
      {last?.report && <p>What became of it: {last.report}.</p>}
    </div>
  );
}

function Verifying({ incident }: { incident: Incident }) {
  const now = useNow();
  const { relieved_at, watched_until } = incident;
  const acted = incident.treatments.at(-1)?.acted_at;
  const again = acted && Date.parse(incident.last_seen) > Date.parse(acted);
  const begin = relieved_at ? Date.parse(relieved_at) : now;
  const end = watched_until ? Date.parse(watched_until) : undefined;
  const left = end === undefined ? undefined : Math.max(0, (end - now) / 1000);
  return (
    <div className={styles.verifying}>
      <p>
        <strong>Verifying…</strong> {left !== undefined && (left > 0 ? `${span(left)} left` : "the last look is being taken")}
      </p>
      {end !== undefined && (
        <progress
          aria-label="Time without the symptom"
          max={Math.max(1, (end - begin) / 1000)}
          value={Math.min((end - begin) / 1000, (now - begin) / 1000)}
        />
      )}
      <ul className={styles.checks}>
        <Named done={acted !== undefined && acted !== null} text="the guard held and the statements ran" />
        <Named done={Boolean(relieved_at)} text={relieved_at ? "The symptom is gone" : "looking whether the symptom goes"} />
        <Named
          done={!again && left === 0}
          failed={Boolean(again)}
          text={again ? "it was seen again after the fix" : `not seen again${end ? `, ${span(Math.max(0, (now - begin) / 1000))} of ${span((end - begin) / 1000)}` : ""}`}
        />
      </ul>
    </div>
  );
}

function Named({ done, failed = false, text }: { done: boolean; failed?: boolean; text: string }) {
  const status = failed ? "failed" : done ? "passed" : "running";
  return (
    <li data-status={status}>
      <span aria-hidden="true" className={styles.mark}>
        {{ failed: "✗", passed: "✓", running: "…" }[status]}
      </span>
      <span>
        <span className="visually-hidden">{{ failed: "failed", passed: "passed", running: "not yet" }[status]}: </span>
        {text}
      </span>
    </li>
  );
}
