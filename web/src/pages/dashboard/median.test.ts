import { expect, it } from "vitest";
import { medianHealS } from "./median";

const at = (second: number) => new Date(second * 1000).toISOString();
const healed = (relieved: number | null, closed: number) => ({
  first_seen: at(0),
  relieved_at: relieved === null ? null : at(relieved),
  closed_at: at(closed),
});

it("takes the moment when the symptom was gone, not the end of watching", () => {
  expect(medianHealS([healed(4, 64)])).toBe(4);
  expect(medianHealS([healed(4, 64), healed(null, 8), healed(30, 90)])).toBe(8);
  expect(medianHealS([healed(4, 64), healed(6, 66)])).toBe(5);
  expect(medianHealS([])).toBeUndefined();
});
