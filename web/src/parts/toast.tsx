// Short words about what was just done. Told once to readers of the screen, gone after a while.
import { useEffect, useSyncExternalStore } from "react";
import styles from "./parts.module.css";

const kShownMs = 5000;
let current: { words: string; number: number } | undefined;
let number = 0;
const watchers = new Set<() => void>();

export function say(words: string | undefined) {
  current = words === undefined ? undefined : { words, number: ++number };
  for (const watcher of watchers) watcher();
}

// A clipboard may be forbidden: then the text is shown, to be copied by hand.
export async function copy(text: string, words: string) {
  try {
    await navigator.clipboard.writeText(text);
    say(words);
  } catch {
    say(`This browser does not let pages copy: ${text.slice(0, 300)}`);
  }
}

export function copyLink(address: string) {
  void copy(new URL(address, location.href).href, "Link copied");
}

export function Toasts() {
  const toast = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => current,
  );
  useEffect(() => {
    if (!toast) return;
    const timer = setTimeout(() => say(undefined), kShownMs);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <div className={styles.toasts} role="status">
      {toast && (
        <p key={toast.number} className={styles.toast}>
          {toast.words}
        </p>
      )}
    </div>
  );
}
