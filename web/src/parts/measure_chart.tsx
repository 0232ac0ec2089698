import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { healthQueries, isLive, linesOf, rangeOf, sampleOf, type RangeWord, type Sample } from "../api/health";
import { Chart, type ChartMark } from "./chart";
import parts from "./parts.module.css";
import type { Unit } from "./units";

const kTail = 40; // samples between two answers of the history, and some

// The samples of a server that came while somebody looked, the newest last.
export function useTail(name: string): Sample[] {
  const { data } = useQuery(healthQueries.database(name));
  const [tail, setTail] = useState<Sample[]>([]);
  useEffect(() => {
    const sample = data && sampleOf(data);
    if (!sample) return;
    setTail((before) => (before.at(-1)?.at === sample.at ? before : [...before, sample].slice(-kTail)));
  }, [data]);
  return tail;
}

export interface MeasureChartProps {
  database: string;
  title: string;
  unit: Unit;
  measures: readonly string[];
  range: RangeWord;
  tail?: Sample[];
  marks?: ChartMark[];
  sync?: string;
}

const kNone: Sample[] = [];

// Measures of a server over time, as they are kept in the store.
export function MeasureChart({ database, title, unit, measures, range, tail = kNone, marks, sync }: MeasureChartProps) {
  const history = useQuery(healthQueries.history(database, measures, range));
  const lines = useMemo(() => {
    if (!history.data) return { times: [], series: [] };
    return linesOf(history.data, isLive(range) ? tail : kNone);
  }, [history.data, tail, range]);
  const to = lines.times.at(-1);
  if (history.isError && !history.data)
    return (
      <figure>
        <h3>{title}</h3>
        <p className={parts.meta} role="status">
          No history now: {history.error.message}
        </p>
      </figure>
    );
  return (
    <Chart
      title={title}
      unit={unit}
      times={lines.times}
      series={lines.series}
      marks={marks}
      sync={sync}
      from={to === undefined ? undefined : to - rangeOf(range).seconds}
      to={to}
      empty={history.isPending ? "Loading…" : "No data for this range yet: the first samples come within seconds."}
    />
  );
}
