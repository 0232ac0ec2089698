import type { Schemas } from "../../api/client";

// From the first sighting to the moment when the symptom was gone; how long it was watched afterwards does not count.
export function medianHealS(incidents: Pick<Schemas["Incident"], "first_seen" | "relieved_at" | "closed_at">[]): number | undefined {
  const seconds = incidents
    .map(({ first_seen, relieved_at, closed_at }) => (Date.parse(relieved_at ?? closed_at ?? "") - Date.parse(first_seen)) / 1000)
    .filter((each) => Number.isFinite(each) && each >= 0)
    .sort((a, b) => a - b);
  if (seconds.length === 0) return undefined;
  const middle = Math.floor(seconds.length / 2);
  return seconds.length % 2 === 1 ? seconds[middle] : (seconds[middle - 1]! + seconds[middle]!) / 2;
}
