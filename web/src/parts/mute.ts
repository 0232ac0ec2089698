// Every mute ends: after a time, or when it gets worse.
import { idempotencyKey } from "../api/act";
import { answered, api, type Schemas } from "../api/client";

type MuteRequest = Schemas["MuteRequest"];

export const kMuteEnds = [
  { value: "1h", words: "for an hour" },
  { value: "24h", words: "for a day" },
  { value: "worse", words: "until it gets worse" },
  { value: "100/h", words: "until there are more than 100 events an hour" },
];

export function muteRequest(why: string, end: string | undefined): MuteRequest {
  if (end === "worse") return { why, until_worse: true };
  const events = /^(\d+)\/h$/.exec(end ?? "");
  if (events) return { why, until_events_an_hour: Number(events[1]) };
  const hours = /^(\d+)h$/.exec(end ?? "");
  return { why, for_s: Number(hours?.[1] ?? 1) * 3600 };
}

export function mute(id: string, why: string, end: string | undefined) {
  return answered(
    api.POST("/api/v1/incidents/{id}/mute", {
      params: { path: { id }, header: { "Idempotency-Key": idempotencyKey() } },
      body: muteRequest(why, end),
    }),
  );
}
