// Times and counts as words.
import type { Preferences } from "../app/preferences";

export function span(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

type TimeWay = Pick<Preferences, "zone" | "hours">;

function options({ zone, hours }: TimeWay): Intl.DateTimeFormatOptions {
  return {
    timeZone: zone === "utc" ? "UTC" : undefined,
    hour12: hours === "system" ? undefined : hours === "12",
  };
}

export function timeOfDay(at: string | number, way: TimeWay): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "?";
  return date.toLocaleTimeString(undefined, { ...options(way), hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

// With day and zone: what a title shows, so that no time is a riddle.
export function fullTime(at: string | number, way: TimeWay): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "?";
  return date.toLocaleString(undefined, {
    ...options(way),
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  });
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
