import { graphlib, layout } from "@dagrejs/dagre";
import { memo, useId, useLayoutEffect, useMemo, useRef } from "react";
import type { Schemas } from "../../api/client";
import { drawnPart, ringOf } from "./blocking_shape";
import { sessionName } from "./blocking_tree";
import styles from "./incident.module.css";

type Blocking = Schemas["Blocking"];

const kWidth = 192; // three in a row beside the fix
const kHeight = 62;
const kMargin = 6;

interface Box {
  id: string;
  x: number; // of its middle
  y: number;
  lines: string[];
  look: "root" | "subject" | "plain";
}
interface Picture {
  boxes: Box[];
  paths: { key: string; d: string }[];
  width: number;
  height: number;
}

export function pictureOf(blocking: Blocking): Picture {
  const ring = ringOf(blocking);
  return ring ? ringPicture(blocking, ring) : layered(blocking);
}

function boxOf(blocking: Blocking, pid: number): Pick<Box, "id" | "lines" | "look"> {
  const node = blocking.nodes.find((each) => each.pid === pid);
  const subject = pid !== 0 && pid === blocking.subject;
  return {
    id: String(pid),
    lines: [`${sessionName(pid)} ${node?.application ?? ""}`, stateLine(blocking, pid, node), node?.statement ?? ""],
    look: node?.root ? "root" : subject ? "subject" : "plain",
  };
}

function stateLine(blocking: Blocking, pid: number, node: Schemas["BlockingNode"] | undefined): string {
  const edge = blocking.edges.find(({ waiter }) => waiter === pid);
  const victim = pid !== 0 && pid === blocking.subject && !node?.root ? "this incident · " : "";
  if (edge) return `${victim}waits: ${edge.lock_mode} ${edge.relation || edge.lock_type}`;
  return victim + (node?.state ?? "");
}

function layered(blocking: Blocking): Picture {
  const graph = new graphlib.Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 36, marginx: kMargin, marginy: kMargin });
  graph.setDefaultEdgeLabel(() => ({}));
  const { pids, edges, more } = drawnPart(blocking);
  const boxes = [
    ...pids.map((pid) => boxOf(blocking, pid)),
    ...more.map(({ id, text }) => ({ id, lines: [text, "see the list"], look: "plain" as const })),
  ];
  for (const box of boxes) graph.setNode(box.id, { width: kWidth, height: kHeight });
  for (const edge of edges) graph.setEdge(edge.from, edge.to);
  layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    boxes: boxes.map((box) => {
      const { x, y } = graph.node(box.id) as { x: number; y: number };
      return { ...box, x, y };
    }),
    paths: graph.edges().map((edge) => {
      const { points } = graph.edge(edge) as unknown as { points: { x: number; y: number }[] };
      return { key: `${edge.v}-${edge.w}`, d: points.map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${x} ${y}`).join("") };
    }),
    width: size.width ?? 0,
    height: size.height ?? 0,
  };
}

// Each waits for the next, clockwise; arrows lead from who blocks to who waits, as everywhere.
function ringPicture(blocking: Blocking, ring: number[]): Picture {
  const radius = { x: 150 + ring.length * 24, y: 50 + ring.length * 22 };
  const middle = { x: radius.x + kWidth / 2 + kMargin, y: radius.y + kHeight / 2 + kMargin };
  const boxes = ring.map((pid, at) => {
    const angle = (2 * Math.PI * at) / ring.length - Math.PI / 2;
    return { ...boxOf(blocking, pid), x: middle.x + radius.x * Math.cos(angle), y: middle.y + radius.y * Math.sin(angle) };
  });
  const paths = boxes.map((box, at) => {
    const to = boxes[(at + 1) % boxes.length]!;
    const bend = { x: (box.x + to.x) / 2 + (to.y - box.y) / 5, y: (box.y + to.y) / 2 - (to.x - box.x) / 5 };
    const end = edgeOf(to, bend);
    const start = edgeOf(box, bend);
    return { key: `${box.id}-${to.id}`, d: `M${end.x} ${end.y}Q${bend.x} ${bend.y} ${start.x} ${start.y}` };
  });
  return { boxes, paths, width: 2 * middle.x, height: 2 * middle.y };
}

// Where the line from the box's middle to a point leaves the box.
function edgeOf(box: { x: number; y: number }, to: { x: number; y: number }) {
  const dx = to.x - box.x;
  const dy = to.y - box.y;
  const scale = Math.min(kWidth / 2 / Math.max(1e-6, Math.abs(dx)), kHeight / 2 / Math.max(1e-6, Math.abs(dy)));
  return { x: box.x + dx * scale, y: box.y + dy * scale };
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

export default memo(function BlockingGraph({ blocking }: { blocking: Blocking }) {
  const picture = useMemo(() => pictureOf(blocking), [blocking]);
  const arrow = useId();
  const region = useRef<HTMLDivElement>(null);
  const root = picture.boxes.find(({ look }) => look === "root");
  useLayoutEffect(() => {
    const pane = region.current;
    if (pane && root) pane.scrollTop = root.y - pane.clientHeight / 2;
    // The root is looked for once: later the reader scrolls.
  }, []);
  const label = `${blocking.nodes.length} sessions, ${blocking.edges.length} waits; the list says the same`;
  return (
    <div ref={region} className={styles.graph} tabIndex={0} role="region" aria-label="Graph of who blocks whom">
      <svg role="img" aria-label={label} width={picture.width} height={picture.height}>
        <marker id={arrow} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
          <path className={styles.arrow} d="M0 0L8 4L0 8z" />
        </marker>
        {picture.paths.map(({ key, d }) => (
          <path key={key} className={styles.edge} d={d} markerEnd={`url(#${arrow})`} />
        ))}
        {picture.boxes.map((box) => (
          <g key={box.id} className={styles.node} data-look={box.look} transform={`translate(${box.x - kWidth / 2} ${box.y - kHeight / 2})`}>
            <title>{box.lines.join("\n")}</title>
            <rect width={kWidth} height={kHeight} rx="8" />
            {box.lines.map((line, at) => (
              <text key={at} x="10" y={18 + at * 17} className={at > 0 ? styles.dim : undefined}>
                {at === 0 && box.look === "root" ? "▲ " : ""}
                {cut(line, at === 0 ? 25 : 28)}
              </text>
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
});
