// The filters of a list of incidents, as they stand in the address of the page.
import { kOpenStates } from "./queries";

export interface IncidentSearch {
  q?: string;
  state?: string; // a state, or "unresolved" or "closed"
  category?: string;
  severity?: string;
  server?: string;
  since?: string; // 1h, 24h, 7d, 30d
  order?: string;
}

export interface IncidentQuery {
  q?: string;
  state?: string[];
  category?: string;
  severity?: string;
  server?: string;
  since?: string;
  order?: string;
}

export const kStates = [...kOpenStates, "healed", "resolved", "muted", "refused"];
export const kSeverities = ["high", "medium", "low"];
export const kOrders: Record<string, string> = {
  number: "newest first",
  last_seen: "seen last first",
  events: "most events first",
  severity: "most severe first",
};
export const kSince: Record<string, number> = { "1h": 3600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000 };
const kGroups: Record<string, string[]> = { unresolved: kOpenStates, closed: ["healed", "resolved", "refused"] };

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value); // an address like ?q=42
  return typeof value === "string" && value !== "" ? value : undefined;
}

function known(value: unknown, choices: readonly string[]): string | undefined {
  const word = text(value);
  return word !== undefined && choices.includes(word) ? word : undefined;
}

// What the address says, as far as it is understood: a link from an old mail must not break the page.
export function searchOf(address: Record<string, unknown>): IncidentSearch {
  return {
    q: text(address.q)?.slice(0, 200),
    state: known(address.state, [...kStates, ...Object.keys(kGroups)]),
    category: text(address.category),
    severity: known(address.severity, kSeverities),
    server: text(address.server),
    since: known(address.since, Object.keys(kSince)),
    order: known(address.order, Object.keys(kOrders)),
  };
}

// What the server is asked. `now` in milliseconds; cut to the minute, so that the question stays the same for a while.
export function queryOf(search: IncidentSearch, now: number): IncidentQuery {
  const { state, since, ...rest } = search;
  const minute = Math.floor(now / 60_000) * 60_000;
  return {
    ...rest,
    state: state === undefined ? undefined : (kGroups[state] ?? [state]),
    since: since === undefined ? undefined : new Date(minute - kSince[since]! * 1000).toISOString(),
  };
}

export function isFiltered(search: IncidentSearch): boolean {
  const { order, ...filters } = search;
  return Object.values(filters).some((value) => value !== undefined);
}
