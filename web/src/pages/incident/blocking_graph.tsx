import { graphlib, layout } from "@dagrejs/dagre";
import { useMemo } from "react";
import type { Schemas } from "../../api/client";
import { sessionName } from "./blocking";
import styles from "./incident.module.css";

type Blocking = Schemas["Blocking"];

const kWidth = 210;
const kHeight = 62;
// Siblings beyond these are drawn as one box: the list has them all.
const kSiblings = 12;

interface Box {
  id: string;
  x: number;
  y: number;
  lines: string[];
  root: boolean;
}

function arranged(blocking: Blocking) {
  const graph = new graphlib.Graph<object, { lines: string[]; root: boolean; width: number; height: number }, object>();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 46, marginx: 6, marginy: 6 });
  graph.setDefaultEdgeLabel(() => ({}));
  const shown = new Set<number>();
  const put = (pid: number) => {
    if (shown.has(pid)) return;
    shown.add(pid);
    const node = blocking.nodes.find((each) => each.pid === pid);
    const lines = [`${sessionName(pid)} ${node?.application ?? ""}`, node?.state ?? "", node?.statement ?? ""];
    graph.setNode(String(pid), { lines, root: node?.root ?? false, width: kWidth, height: kHeight });
  };
  const byBlocker = grouped(blocking.edges);
  const queue = blocking.nodes.filter((node) => node.root).map((node) => node.pid);
  if (queue.length === 0 && blocking.nodes[0]) queue.push(blocking.nodes[0].pid);
  queue.forEach(put);
  for (let at = 0; at < queue.length; ++at) {
    const blocker = queue[at]!;
    const edges = byBlocker.get(blocker) ?? [];
    for (const edge of edges.slice(0, kSiblings)) {
      const known = shown.has(edge.waiter);
      put(edge.waiter);
      graph.setEdge(String(blocker), String(edge.waiter));
      if (!known) queue.push(edge.waiter);
    }
    if (edges.length > kSiblings) {
      const more = `more-${blocker}`;
      graph.setNode(more, { lines: [`+${edges.length - kSiblings} more`, "see the list"], root: false, width: kWidth, height: kHeight });
      graph.setEdge(String(blocker), more);
    }
  }
  layout(graph);
  return graph;
}

function grouped(edges: Schemas["BlockingEdge"][]) {
  const groups = new Map<number, Schemas["BlockingEdge"][]>();
  for (const edge of edges) groups.set(edge.blocker, [...(groups.get(edge.blocker) ?? []), edge]);
  return groups;
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

export default function BlockingGraph({ blocking }: { blocking: Blocking }) {
  const graph = useMemo(() => arranged(blocking), [blocking]);
  const boxes: Box[] = graph.nodes().map((id) => {
    const node = graph.node(id) as unknown as { x: number; y: number; lines: string[]; root: boolean };
    return { id, ...node };
  });
  const size = graph.graph() as { width?: number; height?: number };
  const label = `${blocking.nodes.length} sessions, ${blocking.edges.length} waits; the list says the same`;
  return (
    <div className={styles.graph} tabIndex={0} role="region" aria-label="Graph of who blocks whom">
      <svg role="img" aria-label={label} width={size.width ?? 0} height={size.height ?? 0}>
        {graph.edges().map((edge) => {
          const { points } = graph.edge(edge) as unknown as { points: { x: number; y: number }[] };
          const path = points.map((point, at) => `${at === 0 ? "M" : "L"}${point.x} ${point.y}`).join("");
          return <path key={`${edge.v}-${edge.w}`} className={styles.edge} d={path} />;
        })}
        {boxes.map((box) => (
          <g
            key={box.id}
            className={`${styles.node} ${box.root ? styles.node_root : ""}`}
            transform={`translate(${box.x - kWidth / 2} ${box.y - kHeight / 2})`}
          >
            <rect width={kWidth} height={kHeight} rx="8" />
            {box.lines.map((line, at) => (
              <text key={at} x="10" y={18 + at * 17} className={at > 0 ? styles.dim : undefined}>
                {at === 0 && box.root ? "▲ " : ""}
                {cut(line, at === 0 ? 30 : 34)}
              </text>
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}
