import { useSyncExternalStore } from "react";
import { usePreferences } from "../app/preferences";
import { fullTime, span, timeOfDay } from "./format";

export { span };

// One clock for all that counts seconds: it ticks only while somebody looks.
const watchers = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function watch(watcher: () => void) {
  watchers.add(watcher);
  if (!timer) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const each of watchers) each();
    }, 1000);
  }
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

// The time, once a second.
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

// Counts on its own: what is around it is not drawn anew each second.
export function Ago({ at }: { at: string }) {
  const seconds = useSyncExternalStore(watch, () => span((now - Date.parse(at)) / 1000));
  return (
    <time dateTime={at} title={fullTime(at, usePreferences())}>
      {seconds} ago
    </time>
  );
}

export function AtTime({ at }: { at: string }) {
  const way = usePreferences();
  return (
    <time dateTime={at} title={fullTime(at, way)}>
      {timeOfDay(at, way)}
    </time>
  );
}
