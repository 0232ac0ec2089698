import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveEvent } from "./live";
import { keysOf, Refresher } from "./refresher";

const incident = (id: string): LiveEvent => ({ name: "incident", data: { id, rev: 1 } });

describe("Refresher", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("asks at once, and in a storm once a second with all that changed", () => {
    const asked: string[] = [];
    const refresher = new Refresher((key) => asked.push(key.join(" ")));
    refresher.note(incident("SH-1"));
    expect(asked).toContain("incidents list");
    expect(asked).toContain("incidents one SH-1");
    asked.length = 0;
    for (let i = 0; i < 500; ++i) refresher.note(incident(i % 2 ? "SH-1" : "SH-2"));
    expect(asked).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(asked.filter((key) => key === "incidents list")).toHaveLength(1);
    expect(asked).toContain("incidents one SH-2");
    asked.length = 0;
    vi.advanceTimersByTime(5000);
    expect(asked).toEqual([]);
    refresher.note({ name: "server", data: { id: "shop" } });
    expect(asked).toEqual(["databases", "health"]);
  });
  it("knows whose treatment it is", () => {
    expect(keysOf({ name: "treatment", data: { id: 7, incident: "SH-3" } })).toContainEqual(["incidents", "one", "SH-3"]);
  });
});
