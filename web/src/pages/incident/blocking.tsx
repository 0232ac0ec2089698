import { lazy, Suspense, useState } from "react";
import type { Schemas } from "../../api/client";
import { span, useNow } from "../../parts/ago";
import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import styles from "./incident.module.css";

type Blocking = Schemas["Blocking"];

const BlockingGraph = lazy(() => import("./blocking_graph"));

// The list is the first form on a small screen and for a reader of the screen; the graph shows the same.
export function BlockingCard({ blocking }: { blocking: Blocking }) {
  const [graph, setGraph] = useState(() => matchMedia("(min-width: 721px)").matches);
  return (
    <section className={parts.card} aria-labelledby="blocking">
      <h2 id="blocking" className={styles.with_note}>
        Who blocks whom
        <Button aria-pressed={graph} onClick={() => setGraph(!graph)}>
          {graph ? "Show as list" : "Show as graph"}
        </Button>
      </h2>
      {graph ? (
        <Suspense fallback={<div className={styles.ghost_tall} />}>
          <BlockingGraph blocking={blocking} />
        </Suspense>
      ) : (
        <BlockingTree blocking={blocking} />
      )}
    </section>
  );
}

export function BlockingTree({ blocking }: { blocking: Blocking }) {
  const roots = blocking.nodes.filter((node) => node.root);
  // In a deadlock nobody is a root: any session is as good a beginning as another.
  const starts = roots.length > 0 ? roots : blocking.nodes.slice(0, 1);
  return (
    <ul className={styles.tree}>
      {starts.map((node) => (
        <Branch key={node.pid} blocking={blocking} pid={node.pid} above={[]} />
      ))}
    </ul>
  );
}

function Branch({ blocking, pid, above }: { blocking: Blocking; pid: number; above: number[] }) {
  const node = blocking.nodes.find((each) => each.pid === pid);
  const waiters = blocking.edges.filter((edge) => edge.blocker === pid);
  if (above.includes(pid)) return <li>{sessionName(pid)} again: a circle, which is a deadlock</li>;
  return (
    <li>
      <strong>{sessionName(pid)}</strong> {node?.application} · {node?.state}
      {node?.statement && (
        <>
          {" "}
          · <code>{node.statement}</code>
        </>
      )}
      {waiters.length > 0 && (
        <ul className={styles.tree}>
          {waiters.map((edge) => (
            <li key={`${edge.waiter}-${edge.lock_type}`}>
              <WaitWords edge={edge} />
              <ul className={styles.tree}>
                <Branch blocking={blocking} pid={edge.waiter} above={[...above, pid]} />
              </ul>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

export function sessionName(pid: number): string {
  return pid === 0 ? "A prepared transaction" : `Session ${pid}`;
}

function WaitWords({ edge }: { edge: Schemas["BlockingEdge"] }) {
  const now = useNow();
  const since = edge.waiting_since ? ` for ${span((now - Date.parse(edge.waiting_since)) / 1000)}` : "";
  return (
    <span className={parts.meta}>
      makes wait{since} ({edge.lock_mode} on {edge.relation || edge.lock_type})
    </span>
  );
}
