import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { useLive } from "../../app/live";
import { useNow } from "../../parts/ago";
import { Chart } from "../../parts/chart";
import parts from "../../parts/parts.module.css";
import { eventSeries, waitingSeries } from "./outcome_series";

const kRefetchMs = 2000; // while it lives: the recorder's own seconds
const kOver = ["healed", "failed", "resolved"];

// Before and after the moment of the fix: sessions that waited, or how often it was seen.
export function OutcomeChart({ incident }: { incident: Schemas["Incident"] }) {
  const { connection } = useLive();
  const isOver = kOver.includes(incident.state);
  const { data } = useQuery({
    ...queries.history(incident.id),
    refetchInterval: !isOver && connection === "live" ? kRefetchMs : false,
  });
  const now = Math.floor(useNow() / 10_000) * 10;
  if (!data) return null;
  const marks = incident.treatments
    .filter((treatment) => treatment.acted_at)
    .map((treatment) => ({ at: Date.parse(treatment.acted_at!) / 1000, label: "fix" }));
  const waited = data.waiting.some(({ sessions }) => sessions > 0);
  if (waited) {
    const { times, measured, projected } = waitingSeries(data.waiting, marks.at(-1)?.at);
    const series = [{ name: "measured", values: measured }];
    if (marks.length > 0) series.push({ name: "without the fix (as many as before it)", values: projected });
    return (
      <section className={parts.card} aria-label="Sessions waiting, before and after">
        <Chart title={marks.length > 0 ? "Did it work? Sessions waiting" : "Sessions waiting"} unit="count" times={times} series={series} marks={marks} />
      </section>
    );
  }
  const until = incident.closed_at ? Date.parse(incident.closed_at) / 1000 : now;
  const { times, measured, slotS } = eventSeries(data.occurrences, until);
  if (times.length < 2) return null;
  const title = `${marks.length > 0 ? "Did it work? " : ""}Events in each ${slotS} s`;
  return (
    <section className={parts.card} aria-label="Events, before and after">
      <Chart title={title} unit="count" times={times} series={[{ name: "events", values: measured }]} marks={marks} />
    </section>
  );
}
