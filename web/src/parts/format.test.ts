import { describe, expect, it } from "vitest";
import { counted, fullTime, span, timeOfDay } from "./format";

describe("words for times", () => {
  it("are as coarse as people speak", () => {
    expect([0, 59.9, 60, 3599, 3600, 86_400 * 3].map(span)).toEqual(["0 s", "59 s", "1 min", "59 min", "1 h", "3 d"]);
    expect(span(-5)).toBe("0 s");
    expect(span(Number.NaN)).toBe("?");
  });
  it("follow the chosen zone and hours", () => {
    expect(timeOfDay("2026-11-25T14:07:20Z", { zone: "utc", hours: "24" })).toMatch(/14.07.20/);
    expect(timeOfDay("2026-11-25T14:07:20Z", { zone: "utc", hours: "12" })).toMatch(/0?2.07.20/);
    expect(fullTime("2026-11-25T14:07:20Z", { zone: "utc", hours: "24" })).toMatch(/2026.*UTC/);
    expect(fullTime("yesterday", { zone: "utc", hours: "24" })).toBe("?");
  });
  it("count", () => {
    expect([counted(1, "event"), counted(0, "event"), counted(12_345, "database is", "databases are")]).toEqual([
      "1 event",
      "0 events",
      "12,345 databases are",
    ]);
  });
});
