import { describe, expect, it } from "vitest";
import { changeBeside, type Moment, momentAt, reachOf, waitersIn } from "./scrubber";

const at = (second: number) => new Date(second * 1000).toISOString();
const moment = (from: number, to: number, waiters: number): Moment => ({
  at: at(from),
  until: at(to),
  blocking: {
    evidence_id: "",
    subject: 0,
    nodes: [],
    edges: Array.from({ length: waiters }, (_, waiter) => ({ waiter, blocker: 99, lock_type: "", lock_mode: "", relation: "", waiting_since: null })),
  },
});
const kMoments = [moment(10, 14, 1), moment(14.15, 20, 4), moment(40, 41, 2)];

describe("the slider over saved moments", () => {
  it("reaches from the first to the last", () => {
    expect(reachOf(kMoments)).toEqual({ from: 10_000, to: 41_000 });
    expect(reachOf([])).toBeUndefined();
  });
  it("shows what held then, and nobody where nobody was seen", () => {
    const waiting = [9, 10, 14.1, 14.15, 19, 21, 30, 40.5].map((second) => waitersIn(momentAt(kMoments, second * 1000)));
    expect(waiting).toEqual([0, 1, 1, 4, 4, 4, 0, 2]);
  });
  it("steps from change to change", () => {
    expect(changeBeside(kMoments, 10_000, 1)).toBe(14_150);
    expect(changeBeside(kMoments, 40_500, 1)).toBe(41_000);
    expect(changeBeside(kMoments, 15_000, -1)).toBe(14_150);
    expect(changeBeside(kMoments, 10_000, -1)).toBe(10_000);
  });
});
