import { expect, it } from "vitest";
import { kMuteEnds, muteRequest } from "./mute";

it("gives every mute one end", () => {
  expect(kMuteEnds.map(({ value }) => muteRequest("known", value))).toEqual([
    { why: "known", for_s: 3600 },
    { why: "known", for_s: 86_400 },
    { why: "known", until_worse: true },
    { why: "known", until_events_an_hour: 100 },
  ]);
  expect(muteRequest("known", undefined)).toEqual({ why: "known", for_s: 3600 });
});
