import { describe, expect, it } from "vitest";
import type { Schemas } from "../../api/client";
import { pictureOf } from "./blocking_graph";
import { drawnPart, ringOf } from "./blocking_shape";

type Blocking = Schemas["Blocking"];

function blocking(waits: [number, number][], subject = 0): Blocking {
  const waiters = new Set(waits.map(([waiter]) => waiter));
  const pids = [...new Set(waits.flat())];
  return {
    evidence_id: "E1",
    subject,
    nodes: pids.map((pid) => ({ pid, application: "web", state: "active", statement: "", xact_start: null, root: !waiters.has(pid) })),
    edges: waits.map(([waiter, blocker]) => ({ waiter, blocker, lock_type: "tuple", lock_mode: "X", relation: "r", waiting_since: null })),
  };
}

const star = (waiters: number) => blocking(Array.from({ length: waiters }, (_, at) => [at + 2, 1]));
const chain = (length: number) => blocking(Array.from({ length }, (_, at) => [at + 2, at + 1]));

describe("the graph of who blocks whom", () => {
  it("draws twelve siblings and says how many more there are", () => {
    const { pids, more } = drawnPart(star(200));
    expect(pids).toHaveLength(13);
    expect(more).toEqual([{ id: "more-1", text: "+188 web" }]);
  });
  it("draws no more boxes than people can look at", () => {
    const { pids, more } = drawnPart(chain(200));
    expect(pids.length).toBeLessThanOrEqual(60);
    expect(more).toHaveLength(1);
  });
  it("draws each session once where waits join again", () => {
    const { pids, edges } = drawnPart(blocking([[2, 1], [3, 1], [4, 2], [4, 3]]));
    expect(pids).toEqual([1, 2, 3, 4]);
    expect(edges).toHaveLength(4);
  });
  it("draws a deadlock as a ring and marks whose incident it is", () => {
    const deadlock = blocking([[1, 2], [2, 3], [3, 1]], 2);
    expect(ringOf(deadlock)).toEqual([1, 2, 3]);
    expect(ringOf(star(3))).toBeUndefined();
    expect(ringOf(blocking([[1, 2], [2, 1], [3, 1]]))).toBeUndefined();
    const { boxes, paths } = pictureOf(deadlock);
    expect(boxes.map(({ look }) => look)).toEqual(["plain", "subject", "plain"]);
    expect(paths).toHaveLength(3);
  });
  it("keeps inside its picture", () => {
    for (const each of [star(50), chain(30), blocking([[1, 2], [2, 1]])]) {
      const { boxes, width, height } = pictureOf(each);
      for (const { x, y } of boxes) {
        expect(x).toBeGreaterThan(0);
        expect(x).toBeLessThan(width);
        expect(y).toBeGreaterThan(0);
        expect(y).toBeLessThan(height);
      }
    }
  });
  // The whole claim, with drawing, is measured in a browser; this one fails when the layout alone gets slow.
  it.each([["a queue", chain(200)], ["a crowd", star(200)]])("lays out 200 waiters in a moment: %s", (_, waits) => {
    pictureOf(star(3));
    const begin = performance.now();
    pictureOf(waits);
    expect(performance.now() - begin).toBeLessThan(1000);
  });
});
