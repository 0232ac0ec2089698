import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { idempotencyKey } from "../../api/act";
import { answered, api, type Schemas } from "../../api/client";
import { Button } from "../../parts/button";
import buttons from "../../parts/button.module.css";
import parts from "../../parts/parts.module.css";
import { stateWords } from "../../parts/words";
import styles from "./employees.module.css";

type Lock = Schemas["SampleLock"];
type Incident = Schemas["Incident"];

interface StoryProps {
  sample: Schemas["SampleApplication"];
  incidents: Incident[];
  mayOperate: boolean;
}

// The sessions that wait or waited, as they saw it themselves, and the newest one's way from cause to healed.
export function Story({ sample, incidents, mayOperate }: StoryProps) {
  const [newest, ...earlier] = sample.locks;
  if (!newest) return null;
  return (
    <div role="group" aria-label="What became of the lock">
      <Steps lock={newest} incident={incidentOf(newest, incidents)} />
      <p className="visually-hidden" role="status">
        {kAnnounced[newest.state]}
      </p>
      {earlier.length > 0 && (
        <ul className={styles.earlier} aria-label="Earlier locks">
          {earlier.map((lock) => (
            <li key={lock.number}>
              Lock {lock.number} on <code>{lock.row}</code>: {outcomeOf(lock)}
            </li>
          ))}
        </ul>
      )}
      {sample.locks.some((lock) => lock.state === "waiting") && <ClearUp mayOperate={mayOperate} />}
    </div>
  );
}

// Locks that come within the life of one incident are events of it.
function incidentOf(lock: Lock, incidents: Incident[]): Incident | undefined {
  const since = Date.parse(lock.since);
  return incidents.find(
    (incident) =>
      incident.category === "LOCK_CONTENTION" &&
      incident.sqlstate !== "40P01" &&
      Date.parse(incident.last_seen) >= since &&
      (!incident.closed_at || Date.parse(incident.closed_at) >= since),
  );
}

// Said aloud when it changes; the seconds are not.
const kAnnounced: Record<string, string> = {
  waiting: "A session waits.",
  went_through: "The session that waited went through.",
  cleared: "Cleared up.",
  failed: "The session that waited gave up.",
};

const kApproved = ["applying", "verifying", "healed"];

function Steps({ lock, incident }: { lock: Lock; incident?: Incident }) {
  const isApproved = !!incident && kApproved.includes(incident.state);
  return (
    <ol className={styles.story}>
      <Step isDone name="Caused">
        session {lock.holder_pid} holds the row of <code>{lock.row}</code> and sits idle; another waits for it
      </Step>
      <Step isDone={!!incident} name="Noticed">
        {incident ? (
          <>
            <Link to="/incidents/$id" params={{ id: incident.id }}>
              {incident.id}
            </Link>{" "}
            · {stateWords(incident.state)}
          </>
        ) : (
          "…"
        )}
      </Step>
      <Step isDone={isApproved} name="Approved">
        {incident?.state === "awaiting_approval" ? (
          <Link to="/incidents/$id" params={{ id: incident.id }}>
            Look at the fix and approve it
          </Link>
        ) : isApproved ? (
          (incident.remedy?.title ?? "")
        ) : (
          "…"
        )}
      </Step>
      <Step isDone={lock.state !== "waiting"} name="Relieved">
        {outcomeOf(lock)}
      </Step>
      <Step isDone={incident?.state === "healed"} name="Healed">
        {incident?.state === "healed" ? incident.verdict_reason : "once nobody has waited for a while"}
      </Step>
    </ol>
  );
}

function Step({ isDone, name, children }: { isDone: boolean; name: string; children: ReactNode }) {
  return (
    <li data-done={isDone}>
      <span aria-hidden="true">{isDone ? "✓" : "·"}</span>
      <strong>
        {name}
        <span className="visually-hidden">{isDone ? " (done)" : " (not yet)"}</span>
      </strong>
      <span>{children}</span>
    </li>
  );
}

function outcomeOf(lock: Lock): string {
  const waited = `${lock.waited_s.toFixed(lock.state === "waiting" ? 0 : 1)} s`;
  switch (lock.state) {
    case "waiting":
      return `the other session has been waiting for ${waited}`;
    case "went_through":
      return lock.holder_sqlstate
        ? `the other session went through after ${waited}; the one that held the row was ended (${lock.holder_sqlstate})`
        : `the other session went through after ${waited}`;
    case "cleared":
      return `cleared up after ${waited}`;
    default:
      return `the other session gave up after ${waited}${lock.sqlstate ? ` (${lock.sqlstate})` : ""}`;
  }
}

function ClearUp({ mayOperate }: { mayOperate: boolean }) {
  const client = useQueryClient();
  const clear = useMutation({
    mutationFn: () => answered(api.POST("/api/v1/sample/clear_up", { params: { header: { "Idempotency-Key": idempotencyKey() } } })),
    onSettled: () => client.invalidateQueries({ queryKey: ["sample"] }),
  });
  return (
    <div className={styles.bar}>
      <Button disabled={clear.isPending || !mayOperate} onClick={() => clear.mutate()}>
        Clear up
      </Button>
      <p className={parts.meta}>ends the application's own sessions; they end by themselves after 10 minutes</p>
      {clear.isError && (
        <p role="alert" className={buttons.wrong}>
          {clear.error.message}
        </p>
      )}
    </div>
  );
}
