// What pages ask about the health of servers. Keys that begin with "metrics" become old with each sample.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answered, api, type Schemas } from "./client";

// A server's name may hold slashes, which stand in the path as they are.
const named = {
  pathSerializer: (path: string, { name }: Record<string, unknown>) =>
    path.replace("{name}", String(name).split("/").map(encodeURIComponent).join("/")),
};

export const kRanges = [
  { word: "15m", name: "15 minutes", seconds: 900 },
  { word: "1h", name: "1 hour", seconds: 3600 },
  { word: "6h", name: "6 hours", seconds: 21_600 },
  { word: "24h", name: "24 hours", seconds: 86_400 },
  { word: "7d", name: "7 days", seconds: 604_800 },
  { word: "30d", name: "30 days", seconds: 2_592_000 },
] as const;
export type RangeWord = (typeof kRanges)[number]["word"];
export function rangeOf(word: string | undefined) {
  return kRanges.find((range) => range.word === word) ?? kRanges[0];
}

// Shorter ranges follow the samples; between two answers the newest samples are put behind.
export function isLive(range: RangeWord): boolean {
  return range === "15m" || range === "1h";
}

export const healthQueries = {
  own: () =>
    queryOptions({
      queryKey: ["health", "self"],
      queryFn: ({ signal }) => answered(api.GET("/api/v1/health/self", { signal })),
      refetchInterval: 10_000,
    }),
  database: (name: string) =>
    queryOptions({
      queryKey: ["metrics", "now", name],
      queryFn: ({ signal }) =>
        answered(api.GET("/api/v1/health/databases/{name}", { params: { path: { name } }, ...named, signal })),
    }),
  history: (name: string, measures: readonly string[], range: RangeWord) =>
    queryOptions({
      queryKey: ["history", name, range, ...measures],
      queryFn: ({ signal }) => {
        const from = new Date(Date.now() - rangeOf(range).seconds * 1000).toISOString();
        const query = { measure: [...measures], from };
        return answered(api.GET("/api/v1/health/history/{name}", { params: { path: { name }, query }, ...named, signal }));
      },
      refetchInterval: isLive(range) ? 60_000 : 300_000,
      placeholderData: keepPreviousData,
    }),
  checks: (name: string) =>
    queryOptions({
      queryKey: ["checks", name],
      queryFn: ({ signal }) => checks(name, false, signal),
      refetchInterval: 15_000,
    }),
  statements: (name: string) =>
    queryOptions({
      queryKey: ["statements", name],
      queryFn: ({ signal }) =>
        answered(api.GET("/api/v1/statements/{name}", { params: { path: { name } }, ...named, signal })),
      refetchInterval: 60_000,
    }),
  tables: (name: string, search: string) =>
    queryOptions({
      queryKey: ["tables", name, search],
      queryFn: ({ signal }) =>
        answered(api.GET("/api/v1/tables/{name}", { params: { path: { name }, query: { search } }, ...named, signal })),
      placeholderData: keepPreviousData,
    }),
  table: (name: string, schema: string, table: string) =>
    queryOptions({
      queryKey: ["tables", name, "one", schema, table],
      queryFn: ({ signal }) =>
        answered(
          api.GET("/api/v1/table/{name}", { params: { path: { name }, query: { schema, table } }, ...named, signal }),
        ),
    }),
};

export function checks(name: string, run: boolean, signal?: AbortSignal) {
  const query = run ? { run: "true" } : {};
  return answered(api.GET("/api/v1/checks/{name}", { params: { path: { name }, query }, ...named, signal }));
}

export interface Sample {
  at: number; // seconds since 1970
  values: Record<string, number | null>;
}

export function sampleOf(health: Schemas["DatabaseHealth"]): Sample | undefined {
  if (!health.sampled_at) return undefined;
  const values = Object.fromEntries(health.measures.map((measure) => [measure.name, measure.value ?? null]));
  return { at: Date.parse(health.sampled_at) / 1000, values };
}

export interface Lines {
  times: number[];
  series: { name: string; values: (number | null)[] }[];
}

// The points of several measures on one axis. Where more than a step is missing there is a gap, never a line across.
export function linesOf(history: Schemas["HealthHistory"], tail: Sample[]): Lines {
  const points = new Map<number, (number | null)[]>();
  history.series.forEach((one, place) => {
    for (const point of one.points) {
      const at = Date.parse(point.at) / 1000;
      const row = points.get(at) ?? history.series.map(() => null);
      row[place] = point.mean ?? null;
      points.set(at, row);
    }
  });
  const ends = Math.max(...points.keys(), Date.parse(history.from) / 1000);
  for (const sample of tail)
    if (sample.at > ends + history.step_s)
      points.set(
        sample.at,
        history.series.map((one) => sample.values[one.name] ?? null),
      );
  const longest = Math.max(2.5 * history.step_s, 15);
  const times: number[] = [];
  for (const at of [...points.keys()].sort((a, b) => a - b)) {
    const before = times.at(-1);
    if (before !== undefined && at - before > longest) times.push(before + history.step_s);
    times.push(at);
  }
  const series = history.series.map((one, place) => ({
    name: one.title,
    values: times.map((at) => points.get(at)?.[place] ?? null),
  }));
  return { times, series };
}
