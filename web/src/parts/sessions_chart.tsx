import { MeasureChart, useTail } from "./measure_chart";
import type { ChartMark } from "./chart";

const kMeasures = ["sessions.active", "sessions.waiting", "sessions.idle_in_transaction", "sessions.total"];

// Who works and who waits on a server, in the last quarter of an hour, live.
export function SessionsChart({ database, marks }: { database: string; marks?: ChartMark[] }) {
  const tail = useTail(database);
  return (
    <MeasureChart
      database={database}
      title={`Sessions of ${database}`}
      unit="count"
      measures={kMeasures}
      range="15m"
      tail={tail}
      marks={marks}
    />
  );
}
