// How this browser shows things. Kept in the browser alone: nobody else is asked and nothing is sent.
import { useSyncExternalStore } from "react";

export interface Preferences {
  zone: "local" | "utc";
  hours: "system" | "12" | "24";
  density: "comfortable" | "compact";
  motion: "system" | "reduced";
  shortcuts: boolean; // keys without Ctrl or ⌘
  without: string[]; // shortcuts that are switched off, by name
}

export const kDefaults: Preferences = {
  zone: "local",
  hours: "system",
  density: "comfortable",
  motion: "system",
  shortcuts: true,
  without: [],
};

const kKey = "preferences";
const watchers = new Set<() => void>();
let preferences = kDefaults;

// What was stored by another version, or by hand, counts only as far as it is understood.
export function understood(stored: unknown): Preferences {
  const value = (typeof stored === "object" && stored !== null ? stored : {}) as Partial<Record<keyof Preferences, unknown>>;
  const one = <T>(name: keyof Preferences, choices: readonly T[], otherwise: T): T =>
    choices.includes(value[name] as T) ? (value[name] as T) : otherwise;
  return {
    zone: one("zone", ["local", "utc"] as const, kDefaults.zone),
    hours: one("hours", ["system", "12", "24"] as const, kDefaults.hours),
    density: one("density", ["comfortable", "compact"] as const, kDefaults.density),
    motion: one("motion", ["system", "reduced"] as const, kDefaults.motion),
    shortcuts: one("shortcuts", [true, false] as const, kDefaults.shortcuts),
    without: Array.isArray(value.without) ? value.without.filter((name) => typeof name === "string") : [],
  };
}

export function currentPreferences(): Preferences {
  return preferences;
}

export function startPreferences() {
  try {
    preferences = understood(JSON.parse(localStorage.getItem(kKey) ?? "{}"));
  } catch {
    preferences = kDefaults;
  }
  apply();
}

export function prefer(change: Partial<Preferences>) {
  preferences = { ...preferences, ...change };
  try {
    localStorage.setItem(kKey, JSON.stringify(preferences));
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  apply();
  for (const watcher of watchers) watcher();
}

function apply() {
  const { dataset } = document.documentElement;
  dataset.density = preferences.density;
  dataset.motion = preferences.motion;
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => preferences,
  );
}
