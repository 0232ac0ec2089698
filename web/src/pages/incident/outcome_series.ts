// Before and after a fix, as a chart wants it.
import type { Schemas } from "../../api/client";

type History = Schemas["IncidentHistory"];
type Occurrence = History["occurrences"][number];

export interface Series {
  times: number[]; // seconds since 1970
  measured: (number | null)[];
  projected: (number | null)[]; // had nothing been done
}

const kUnseenS = 2; // longer without a count, and nobody knows: a gap

// How many sessions waited. Without the fix, as many as just before it would go on waiting.
export function waitingSeries(waiting: History["waiting"], fixedAt: number | undefined): Series {
  const times: number[] = [];
  const measured: (number | null)[] = [];
  for (const { at, sessions } of waiting) {
    const time = Date.parse(at) / 1000;
    const before = times.at(-1);
    if (before !== undefined && time - before > kUnseenS) {
      times.push(before + 1);
      measured.push(null);
    }
    times.push(time);
    measured.push(sessions);
  }
  return { times, measured, projected: projection(times, measured, fixedAt) };
}

function projection(times: number[], measured: (number | null)[], fixedAt: number | undefined): (number | null)[] {
  if (fixedAt === undefined) return times.map(() => null);
  const last = times.findLastIndex((time, at) => time <= fixedAt && measured[at] !== null);
  const held = last < 0 ? null : (measured[last] ?? null);
  return times.map((_, at) => (at >= last && last >= 0 ? held : null));
}

const kSlots = 60;

// Events in equal slots of time from the first sighting to `until`. Those of one batch are spread over it.
export function eventSeries(occurrences: Occurrence[], until: number): Series & { slotS: number } {
  const first = occurrences[0];
  if (!first) return { times: [], measured: [], projected: [], slotS: 0 };
  const slotS = Math.max(1, Math.ceil((until - Date.parse(first.first_seen) / 1000) / kSlots));
  const begin = Math.floor(Date.parse(first.first_seen) / 1000 / slotS) * slotS;
  const slots = Math.max(1, Math.floor((until - begin) / slotS) + 1);
  const counts = new Array<number>(slots).fill(0);
  for (const { first_seen, last_seen, count } of occurrences) {
    const from = slotOf(first_seen, begin, slotS, slots);
    const to = slotOf(last_seen, begin, slotS, slots);
    for (let slot = from; slot <= to; ++slot) counts[slot]! += count / (to - from + 1);
  }
  return {
    times: counts.map((_, slot) => begin + slot * slotS),
    measured: counts.map((count) => Math.round(count * 10) / 10),
    projected: counts.map(() => null),
    slotS,
  };
}

function slotOf(at: string, begin: number, slotS: number, slots: number): number {
  return Math.min(slots - 1, Math.max(0, Math.floor((Date.parse(at) / 1000 - begin) / slotS)));
}
