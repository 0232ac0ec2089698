// Which answers live events make old, asked for again at once and then at most once a second: a storm of events must not
// keep a page from ever getting an answer.
import type { LiveEvent } from "./live";

const kPauseMs = 1000;

export function keysOf(event: LiveEvent): string[][] {
  const { name, data } = event;
  if (name === "server") return [["databases"], ["health"]];
  if (name === "metrics") return [["metrics"]];
  const id = String(name === "treatment" ? data.incident : data.id);
  const ofOne = ["one", "evidence", "explanation", "history"].map((part) => ["incidents", part, id]);
  return [["incidents", "list"], ...ofOne, ["health"]];
}

export class Refresher {
  #waiting = new Map<string, string[]>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly refresh: (key: string[]) => void) {}

  note(event: LiveEvent) {
    for (const key of keysOf(event)) this.#waiting.set(key.join(" "), key);
    if (!this.#timer) this.#flush();
  }

  #flush() {
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const keys = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#timer = setTimeout(() => this.#flush(), kPauseMs);
    for (const key of keys) this.refresh(key);
  }
}
