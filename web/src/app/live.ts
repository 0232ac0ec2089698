// One event stream a browser, whatever the number of tabs: over HTTP/1.1 the sixth stream would hang every further
// request. The tab that holds the lock "selfheal-live" has the stream and passes on what comes; when it is closed the
// next tab in the queue takes over.
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

export type Connection = "connecting" | "live" | "reconnecting";
export interface Live {
  connection: Connection;
  changed_at: number; // when `connection` became so, in milliseconds since 1970
}
export interface LiveEvent {
  name: "incident" | "treatment" | "server" | "metrics";
  data: Record<string, unknown>; // ids and revisions
}
type Passed = { kind: "event"; event: LiveEvent } | { kind: "state"; live: Live } | { kind: "hello" };

const kReopenMs = 2000;
const kEventNames = ["incident", "treatment", "server", "metrics"] as const;

let live: Live = { connection: "connecting", changed_at: Date.now() };
let leads = false;
const watchers = new Set<() => void>();
const listeners = new Set<(event: LiveEvent) => void>();

function become(next: Live) {
  live = next;
  for (const watcher of watchers) watcher();
}

export function useLive(): Live {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => live,
  );
}

export function onLiveEvent(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startLive(queries: QueryClient) {
  const channel = new BroadcastChannel("selfheal-live");
  const take = (event: LiveEvent) => {
    refresh(queries, event);
    for (const listener of listeners) listener(event);
  };
  channel.onmessage = ({ data }: MessageEvent<Passed>) => {
    if (data.kind === "event") take(data.event);
    else if (data.kind === "state") arrive(queries, data.live);
    else if (leads) channel.postMessage({ kind: "state", live } satisfies Passed);
  };
  channel.postMessage({ kind: "hello" } satisfies Passed);
  void navigator.locks.request("selfheal-live", () => {
    leads = true;
    follow(
      (event) => {
        take(event);
        channel.postMessage({ kind: "event", event } satisfies Passed);
      },
      (connection) => {
        if (connection === live.connection) return;
        arrive(queries, { connection, changed_at: Date.now() });
        channel.postMessage({ kind: "state", live } satisfies Passed);
      },
    );
    return new Promise<never>(() => {}); // held until the tab goes
  });
}

// After a gap nobody knows what was missed: everything that is on the screen is asked for again.
function arrive(queries: QueryClient, next: Live) {
  const was = live.connection;
  become(next);
  if (next.connection === "live" && was !== "live") void queries.invalidateQueries();
}

function refresh(queries: QueryClient, event: LiveEvent) {
  const key = { incident: "incidents", treatment: "incidents", server: "databases", metrics: "metrics" }[event.name];
  void queries.invalidateQueries({ queryKey: [key] });
}

function follow(tell: (event: LiveEvent) => void, connect: (connection: Connection) => void) {
  const open = () => {
    const stream = new EventSource("/api/v1/events");
    stream.onopen = () => connect("live");
    stream.onerror = () => {
      connect("reconnecting");
      if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      setTimeout(open, kReopenMs);
    };
    for (const name of kEventNames)
      stream.addEventListener(name, (message: MessageEvent<string>) => {
        const data = parsed(message.data);
        if (data) tell({ name, data });
      });
  };
  open();
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
