import { memo } from "react";
import type { Schemas } from "../../api/client";
import { Ago } from "../../parts/ago";
import parts from "../../parts/parts.module.css";
import { startsOf, waitersByBlocker } from "./blocking_shape";
import styles from "./incident.module.css";

type Blocking = Schemas["Blocking"];
type Edge = Schemas["BlockingEdge"];

export const BlockingTree = memo(function BlockingTree({ blocking }: { blocking: Blocking }) {
  const nodes = new Map(blocking.nodes.map((node) => [node.pid, node]));
  const waiters = waitersByBlocker(blocking);
  return (
    <ul className={styles.tree}>
      {startsOf(blocking).map((pid) => (
        <Branch key={pid} pid={pid} nodes={nodes} waiters={waiters} above={[]} subject={blocking.subject} />
      ))}
    </ul>
  );
});

interface BranchProps {
  pid: number;
  nodes: Map<number, Schemas["BlockingNode"]>;
  waiters: Map<number, Edge[]>;
  above: number[];
  subject: number;
}

function Branch({ pid, nodes, waiters, above, subject }: BranchProps) {
  if (above.includes(pid)) return <li>{sessionName(pid)} again: a circle, which is a deadlock</li>;
  const node = nodes.get(pid);
  const edges = waiters.get(pid) ?? [];
  return (
    <li>
      <strong>
        {node?.root && <span aria-hidden="true">▲ </span>}
        {sessionName(pid)}
      </strong>{" "}
      {node?.application} {node?.state && `· ${node.state}`}
      {pid !== 0 && pid === subject && <span className={styles.subject}> this incident</span>}
      {node?.statement && (
        <>
          {" "}
          · <code>{node.statement}</code>
        </>
      )}
      {edges.length > 0 && (
        <ul className={styles.tree}>
          {edges.map((edge) => (
            <li key={`${edge.waiter}-${edge.lock_type}`}>
              <span className={parts.meta}>
                makes wait ({edge.lock_mode} on {edge.relation || edge.lock_type}
                {edge.waiting_since && (
                  <>
                    , since <Ago at={edge.waiting_since} />
                  </>
                )}
                )
              </span>
              <ul className={styles.tree}>
                <Branch pid={edge.waiter} nodes={nodes} waiters={waiters} above={[...above, pid]} subject={subject} />
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
