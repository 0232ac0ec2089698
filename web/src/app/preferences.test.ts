import { expect, it } from "vitest";
import { kDefaults, understood } from "./preferences";

it("takes what it understands and the default for the rest", () => {
  expect(understood({ zone: "utc", hours: "13", density: 4, shortcuts: false, without: ["mute", 3] })).toEqual({
    ...kDefaults,
    zone: "utc",
    shortcuts: false,
    without: ["mute"],
  });
  for (const broken of [null, "x", 7, []]) expect(understood(broken)).toEqual(kDefaults);
});
