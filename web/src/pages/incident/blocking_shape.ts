// The shape of who waits for whom, before it is drawn.
import type { Schemas } from "../../api/client";

type Blocking = Schemas["Blocking"];
type Edge = Schemas["BlockingEdge"];

// Siblings beyond these are drawn as one box, and no more boxes than these are drawn: the list has them all, and a
// picture of two hundred boxes shows nothing.
const kSiblings = 12;
const kBoxes = 60;

export function waitersByBlocker(blocking: Blocking): Map<number, Edge[]> {
  const groups = new Map<number, Edge[]>();
  for (const edge of blocking.edges) {
    const group = groups.get(edge.blocker);
    if (group) group.push(edge);
    else groups.set(edge.blocker, [edge]);
  }
  return groups;
}

// In a deadlock nobody is a root: any session is as good a beginning as another.
export function startsOf(blocking: Blocking): number[] {
  const roots = blocking.nodes.filter((node) => node.root).map((node) => node.pid);
  return roots.length > 0 ? roots : blocking.nodes.slice(0, 1).map((node) => node.pid);
}

export interface Drawn {
  pids: number[];
  edges: { from: string; to: string }[];
  more: { id: string; text: string }[]; // what stands for sessions that are not drawn
}

export function drawnPart(blocking: Blocking): Drawn {
  const waiters = waitersByBlocker(blocking);
  const applications = new Map(blocking.nodes.map((node) => [node.pid, node.application]));
  const queue = startsOf(blocking);
  const seen = new Set(queue);
  const drawn: Drawn = { pids: queue, edges: [], more: [] };
  for (let at = 0; at < queue.length; ++at) {
    const blocker = queue[at]!;
    const left: Edge[] = [];
    let siblings = 0;
    for (const edge of waiters.get(blocker) ?? []) {
      const isNew = !seen.has(edge.waiter);
      if (isNew && (++siblings > kSiblings || queue.length >= kBoxes)) {
        left.push(edge);
        continue;
      }
      if (isNew) {
        seen.add(edge.waiter);
        queue.push(edge.waiter);
      }
      drawn.edges.push({ from: String(blocker), to: String(edge.waiter) });
    }
    if (left.length === 0) continue;
    const id = `more-${blocker}`;
    const names = new Set(left.map((edge) => applications.get(edge.waiter) ?? ""));
    const [name] = names;
    drawn.more.push({ id, text: `+${left.length} ${names.size === 1 && name ? name : "more"}` });
    drawn.edges.push({ from: String(blocker), to: id });
  }
  return drawn;
}

// The sessions of a deadlock in the order in which they wait, when it is one circle and nothing else.
export function ringOf(blocking: Blocking): number[] | undefined {
  const next = new Map(blocking.edges.map((edge) => [edge.waiter, edge.blocker]));
  if (blocking.nodes.length < 2 || blocking.edges.length !== blocking.nodes.length) return undefined;
  if (blocking.nodes.some((node) => node.root) || next.size !== blocking.nodes.length) return undefined;
  const ring: number[] = [];
  for (let pid = blocking.nodes[0]!.pid; !ring.includes(pid); pid = next.get(pid)!) {
    if (!next.has(pid)) return undefined;
    ring.push(pid);
  }
  return ring.length === blocking.nodes.length ? ring : undefined;
}
