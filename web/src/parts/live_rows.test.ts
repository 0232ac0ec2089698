import { describe, expect, it } from "vitest";
import type { Schemas } from "../api/client";
import { appended, kNoRows, refreshed, shownFresh, told } from "./live_rows";

type Incident = Schemas["Incident"];

const row = (number: number, rev = 1, state = "open") => ({ id: `SH-${number}`, rev, state }) as Incident;
const page = (...items: Incident[]) => ({ items, next_cursor: null });
const ids = (items: Incident[]) => items.map(({ id }) => id);
const event = (id: string, rev: number, state: string) => ({ name: "incident" as const, data: { id, rev, state } });

describe("rows that live", () => {
  const rows = refreshed(kNoRows, { items: [row(9), row(8), row(7)], next_cursor: "c" });

  it("begin with the first page and go on with the next", () => {
    expect(ids(rows.items)).toEqual(["SH-9", "SH-8", "SH-7"]);
    const all = appended(rows, page(row(7), row(6)));
    expect(ids(all.items)).toEqual(["SH-9", "SH-8", "SH-7", "SH-6"]);
    expect(all.next).toBeNull();
  });
  it("hold new ones back until they may be shown", () => {
    const next = refreshed(rows, page(row(11), row(10), row(9, 2), row(8)));
    expect(ids(next.items)).toEqual(["SH-9", "SH-8", "SH-7"]);
    expect(ids(next.fresh)).toEqual(["SH-11", "SH-10"]);
    expect(next.items[0]!.rev).toBe(2);
    expect(next.next).toBe("c");
    expect(ids(shownFresh(next).items)).toEqual(["SH-11", "SH-10", "SH-9", "SH-8", "SH-7"]);
    expect(shownFresh(next).fresh).toEqual([]);
  });
  it("change in place when an event says so, and never back", () => {
    const healed = told(rows, event("SH-8", 5, "healed"));
    expect(healed.items[1]).toMatchObject({ rev: 5, state: "healed" });
    expect(told(healed, event("SH-8", 4, "open"))).toBe(healed);
    expect(told(rows, event("SH-99", 1, "open"))).toBe(rows);
    expect(told(rows, { name: "incident", data: { id: "SH-8", rev: "6" } })).toBe(rows);
    expect(refreshed(healed, page(row(8, 4, "open"))).items[1]).toMatchObject({ rev: 5, state: "healed" });
  });
  it("keep ten thousand in order", () => {
    let many = kNoRows;
    for (let first = 10_000; first > 0; first -= 200)
      many = appended(many, { items: Array.from({ length: 200 }, (_, at) => row(first - at)), next_cursor: "c" });
    expect(many.items).toHaveLength(10_000);
    expect(many.items.at(-1)!.id).toBe("SH-1");
  });
});
