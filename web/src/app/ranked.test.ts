import { expect, it } from "vitest";
import { ranked } from "./ranked";

const kEntries = ["Settings: Policies", "Health", "SH-12 policy refused", "Databases"];
const find = (typed: string) => ranked(typed, kEntries, (entry) => entry);

it("finds entries that have all words, best first", () => {
  expect(find("polic")).toEqual(["Settings: Policies", "SH-12 policy refused"]);
  expect(find("ref pol")).toEqual(["SH-12 policy refused"]);
  expect(find("he")).toEqual(["Health"]);
  expect(find("xyz")).toEqual([]);
});
it("keeps the order when nothing is typed", () => {
  expect(find("  ")).toEqual(kEntries);
});
