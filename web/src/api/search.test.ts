import { describe, expect, it } from "vitest";
import { isFiltered, queryOf, searchOf } from "./search";

const kNow = Date.parse("2026-11-25T14:07:33Z");

describe("the filters in the address", () => {
  it("are taken as far as they are understood", () => {
    expect(searchOf({ q: 42, state: "healed", severity: "fatal", since: "2y", order: "events", server: ["a"] })).toEqual({
      q: "42",
      state: "healed",
      category: undefined,
      severity: undefined,
      server: undefined,
      since: undefined,
      order: "events",
    });
    expect(searchOf({ q: "x".repeat(999) }).q).toHaveLength(200);
  });
  it("become the server's question, the same for a minute", () => {
    const query = queryOf({ state: "unresolved", since: "1h", q: "lock" }, kNow);
    expect(query.state).toContain("awaiting_approval");
    expect(query.state).not.toContain("healed");
    expect(query.since).toBe("2026-11-25T13:07:00.000Z");
    expect(queryOf({ since: "1h" }, kNow + 20_000)).toEqual(queryOf({ since: "1h" }, kNow));
    expect(queryOf({ state: "muted" }, kNow).state).toEqual(["muted"]);
  });
  it("are none when only the order is set", () => {
    expect(isFiltered({ order: "events" })).toBe(false);
    expect(isFiltered({ q: "a" })).toBe(true);
  });
});
