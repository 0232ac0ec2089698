// One event stream a browser, whatever the number of tabs: over HTTP/1.1 the sixth stream would hang every further
// request. The tab that holds the lock "selfheal-live" has the stream and passes on what comes; when it is closed the
// next tab in the queue takes over.
import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { Refresher } from "./refresher";

export type Connection = "connecting" | "live" | "reconnecting";
export interface Live {
  connection: Connection;
  changed_at: number; // when `connection` became so, in milliseconds since 1970
}
export interface LiveEvent {
  name: "incident" | "treatment" | "server" | "metrics";
  data: Record<string, unknown>; // ids and revisions
}
export type Passed = { kind: "event"; event: LiveEvent } | { kind: "state"; live: Live } | { kind: "hello" };

// What a tab has of the browser, so that tests can give it another one.
export interface TabWorld {
  post: (message: Passed) => void; // to all other tabs
  hear: (listener: (message: Passed) => void) => void;
  // Calls once when this tab leads; it then leads until it is closed.
  lead: (leading: () => void) => void;
  follow: (tell: (event: LiveEvent) => void, connect: (connection: Connection) => void) => void;
  now: () => number;
}

// One tab: leads, or listens to the one that does.
export class LiveTab {
  live: Live;
  #leads = false;

  constructor(
    private readonly world: TabWorld,
    private readonly take: (event: LiveEvent) => void,
    private readonly changed: (live: Live, was: Live) => void,
  ) {
    this.live = { connection: "connecting", changed_at: world.now() };
    world.hear((message) => this.#hear(message));
    world.post({ kind: "hello" });
    world.lead(() => this.#lead());
  }

  #hear(message: Passed) {
    if (message.kind === "event") this.take(message.event);
    else if (message.kind === "state") this.#become(message.live);
    else if (this.#leads) this.world.post({ kind: "state", live: this.live });
  }

  #lead() {
    this.#leads = true;
    this.world.follow(
      (event) => {
        this.take(event);
        this.world.post({ kind: "event", event });
      },
      (connection) => {
        if (connection === this.live.connection) return;
        this.#become({ connection, changed_at: this.world.now() });
        this.world.post({ kind: "state", live: this.live });
      },
    );
  }

  #become(live: Live) {
    const was = this.live;
    this.live = live;
    this.changed(live, was);
  }
}

const kReopenMs = 2000;
const kEventNames = ["incident", "treatment", "server", "metrics"] as const;

let tab: LiveTab | undefined;
const kBefore: Live = { connection: "connecting", changed_at: Date.now() };
const watchers = new Set<() => void>();
const listeners = new Set<(event: LiveEvent) => void>();

export function useLive(): Live {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => tab?.live ?? kBefore,
  );
}

export function useLiveEvents(listener: (event: LiveEvent) => void) {
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => {
    const hear = (event: LiveEvent) => latest.current(event);
    listeners.add(hear);
    return () => {
      listeners.delete(hear);
    };
  }, []);
}

export function startLive(queries: QueryClient) {
  const refresher = new Refresher((queryKey) => void queries.invalidateQueries({ queryKey }));
  tab = new LiveTab(
    browser(),
    (event) => {
      refresher.note(event);
      for (const listener of listeners) listener(event);
    },
    (live, was) => {
      for (const watcher of watchers) watcher();
      // After a gap nobody knows what was missed: everything that is on the screen is asked for again.
      if (live.connection === "live" && was.connection !== "live") void queries.invalidateQueries();
    },
  );
}

function browser(): TabWorld {
  const channel = new BroadcastChannel("selfheal-live");
  return {
    post: (message) => channel.postMessage(message),
    hear: (listener) => {
      channel.onmessage = ({ data }: MessageEvent<Passed>) => listener(data);
    },
    lead: (leading) =>
      void navigator.locks.request("selfheal-live", () => {
        leading();
        return new Promise<never>(() => {}); // held until the tab goes
      }),
    follow,
    now: Date.now,
  };
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
