// Which saved moment belongs to which place of the slider.
import type { Schemas } from "../../api/client";

export type Moment = Schemas["BlockingMoment"];

export interface Reach {
  from: number; // milliseconds since 1970
  to: number;
}

export function reachOf(moments: readonly Moment[]): Reach | undefined {
  const first = moments[0];
  const last = moments.at(-1);
  return first && last ? { from: Date.parse(first.at), to: Date.parse(last.until) } : undefined;
}

// Longer without a look, and what was between is not known.
const kBlinkMs = 2000;

// The moment that held then; nothing where nobody waited, or nobody looked.
export function momentAt(moments: readonly Moment[], time: number): Moment | undefined {
  let found: Moment | undefined;
  for (const moment of moments) {
    if (Date.parse(moment.at) > time) break;
    found = moment;
  }
  if (!found) return undefined;
  return time - Date.parse(found.until) < kBlinkMs ? found : undefined;
}

// Where the next or the previous change is; the ends stay ends.
export function changeBeside(moments: readonly Moment[], time: number, step: 1 | -1): number {
  const reach = reachOf(moments);
  if (!reach) return time;
  const begins = moments.map(({ at }) => Date.parse(at));
  const beside = step > 0 ? begins.find((at) => at > time) : begins.findLast((at) => at < time);
  return beside ?? (step > 0 ? reach.to : reach.from);
}

export function waitersIn(moment: Moment | undefined): number {
  return new Set(moment?.blocking.edges.map(({ waiter }) => waiter)).size;
}
