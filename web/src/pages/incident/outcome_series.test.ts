import { describe, expect, it } from "vitest";
import { eventSeries, waitingSeries } from "./outcome_series";

const at = (second: number) => new Date(second * 1000).toISOString();

describe("sessions that waited", () => {
  const waiting = [[10, 3], [11, 4], [12, 0], [30, 0]].map(([second, sessions]) => ({ at: at(second!), sessions: sessions! }));
  it("have a gap where nobody looked", () => {
    const series = waitingSeries(waiting, undefined);
    expect(series.times).toEqual([10, 11, 12, 13, 30]);
    expect(series.measured).toEqual([3, 4, 0, null, 0]);
    expect(series.projected).toEqual([null, null, null, null, null]);
  });
  it("would have gone on waiting without the fix", () => {
    expect(waitingSeries(waiting, 11.6).projected).toEqual([null, 4, 4, 4, 4]);
    expect(waitingSeries(waiting, 5).projected).toEqual([null, null, null, null, null]);
  });
});

describe("events in slots of time", () => {
  it("are counted, spread over their batch, and none is lost", () => {
    const seen = [
      { first_seen: at(100), last_seen: at(100), count: 1, message: "", statement: "" },
      { first_seen: at(110), last_seen: at(119), count: 20, message: "", statement: "" },
    ];
    const series = eventSeries(seen, 130);
    expect(series.slotS).toBe(1);
    expect(series.times).toHaveLength(31);
    expect(series.measured[0]).toBe(1);
    expect(series.measured[12]).toBe(2);
    expect(series.measured.reduce((sum, count) => sum! + count!, 0)).toBe(21);
  });
  it("stay few over a long time", () => {
    const series = eventSeries([{ first_seen: at(0), last_seen: at(86_400), count: 5, message: "", statement: "" }], 86_400);
    expect(series.times.length).toBeLessThanOrEqual(62);
    expect(eventSeries([], 5).times).toEqual([]);
  });
});
