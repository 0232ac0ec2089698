// What keys do. One table: the listener, the help dialog and the settings page read it.
import { useEffect, useRef } from "react";
import { currentPreferences } from "./preferences";
import { kPages, type PageEntry } from "./pages";

export interface Shortcut {
  name: string;
  keys: string; // "j", "g d": one after the other, "Ctrl k": also ⌘ K
  words: string;
  group: "Everywhere" | "Lists of incidents" | "An incident" | "SQL";
  elsewhere?: true; // the page itself listens; stands here to be found
}

const kGo = kPages
  .filter((page: PageEntry) => page.key !== undefined)
  .map((page: PageEntry): Shortcut => ({ name: `go ${page.to}`, keys: `g ${page.key}`, words: `Go to ${page.name}`, group: "Everywhere" }));

export const kShortcuts: Shortcut[] = [
  { name: "palette", keys: "Ctrl k", words: "Search pages, incidents, databases and actions", group: "Everywhere" },
  { name: "help", keys: "?", words: "This list", group: "Everywhere" },
  { name: "theme", keys: "t", words: "Light or dark colours", group: "Everywhere" },
  { name: "copy_link", keys: ".", words: "Copy the link of the page, or of the selected incident", group: "Everywhere" },
  ...kGo,
  { name: "filter", keys: "/", words: "Filter the list", group: "Lists of incidents" },
  { name: "next", keys: "j", words: "Next incident", group: "Lists of incidents" },
  { name: "previous", keys: "k", words: "Previous incident", group: "Lists of incidents" },
  { name: "select", keys: "x", words: "Select it for an action on several", group: "Lists of incidents" },
  { name: "open", keys: "Enter", words: "Open it", group: "Lists of incidents" },
  { name: "previous_incident", keys: "[", words: "Previous incident", group: "An incident" },
  { name: "next_incident", keys: "]", words: "Next incident", group: "An incident" },
  { name: "review_fix", keys: "a", words: "Review the proposed fix (asks before it does anything)", group: "An incident" },
  { name: "evidence", keys: "d", words: "Details of the evidence", group: "An incident" },
  { name: "mute", keys: "m", words: "Mute…", group: "An incident" },
  { name: "resolve", keys: "e", words: "Resolve…", group: "An incident" },
  { name: "comment", keys: "c", words: "Write a note", group: "An incident" },
  { name: "run", keys: "Ctrl Enter", words: "Run the statement", group: "SQL", elsewhere: true },
  { name: "explain", keys: "Ctrl Shift Enter", words: "Explain the statement", group: "SQL", elsewhere: true },
  { name: "cancel", keys: "Escape", words: "Close a dialog; cancel the running statement", group: "SQL", elsewhere: true },
];

export interface Press {
  key: string;
  ctrl: boolean; // Ctrl or ⌘
  alt: boolean;
  typing: boolean; // in a field, or with a dialog open
}

const kChordMs = 1500; // longer between "g" and "d" are two thoughts

// Turns presses into names of shortcuts. Keeps what a chord began with.
export class KeyReader {
  #first = "";
  #until = 0;

  constructor(private readonly table: readonly Shortcut[] = kShortcuts) {}

  read(press: Press, now: number, off: { all: boolean; names: readonly string[] }): string | undefined {
    const begun = now <= this.#until ? this.#first : "";
    this.#first = "";
    if (press.alt) return undefined;
    const wanted = press.ctrl ? `Ctrl ${press.key.toLowerCase()}` : begun ? `${begun} ${press.key}` : press.key;
    const found = this.table.find((each) => !each.elsewhere && each.keys === wanted);
    if (!press.ctrl && (press.typing || off.all)) return undefined;
    if (found) return off.names.includes(found.name) ? undefined : found.name;
    if (!press.ctrl && !begun && this.table.some((each) => each.keys.startsWith(`${press.key} `))) {
      this.#first = press.key;
      this.#until = now + kChordMs;
    }
    return undefined;
  }
}

export type Handlers = Partial<Record<string, (event: KeyboardEvent) => void>>;

// Who asked last answers first: a dialog's or page's handlers stand above the shell's.
const stack: { current: Handlers }[] = [];

export function useShortcuts(handlers: Handlers) {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    stack.push(latest);
    return () => {
      stack.splice(stack.indexOf(latest), 1);
    };
  }, []);
}

export function perform(name: string, event: KeyboardEvent): boolean {
  const handler = stack.findLast((each) => each.current[name])?.current[name];
  if (!handler) return false;
  event.preventDefault();
  handler(event);
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  if (document.querySelector('[role="dialog"], [role="alertdialog"]')) return true;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

// Enter belongs to the link or button that has the focus.
function isOnControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("a, button, summary") !== null;
}

// Called once, by the shell.
export function useKeyboard() {
  useEffect(() => {
    const reader = new KeyReader();
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.repeat) return;
      if (event.key === "Enter" && isOnControl(event.target)) return;
      const press = {
        key: event.key,
        ctrl: event.ctrlKey || event.metaKey,
        alt: event.altKey,
        typing: isTyping(event.target),
      };
      const { shortcuts, without } = currentPreferences();
      const name = reader.read(press, event.timeStamp, { all: !shortcuts, names: without });
      if (name) perform(name, event);
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
