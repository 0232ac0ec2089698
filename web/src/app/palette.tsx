// Everything that can be gone to or done, by typing a part of its name.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Dialog } from "radix-ui";
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from "react";
import { queries } from "../api/queries";
import buttons from "../parts/button.module.css";
import { copyLink } from "../parts/toast";
import { stateWords } from "../parts/words";
import { kPages, kSettings } from "./pages";
import { ranked } from "./ranked";
import styles from "./palette.module.css";
import { choose } from "./theme";

interface Entry {
  key: string;
  kind: "Page" | "Incident" | "Database" | "Action";
  text: string;
  more?: string;
  run: () => unknown;
}

const kShown = 40;

export default function Palette({ close, showHelp }: { close: () => void; showHelp: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const entries = useEntries(useDeferredValue(typed.trim()), showHelp);
  const shown = ranked(typed, entries, (entry) => `${entry.text} ${entry.more ?? ""} ${entry.kind}`).slice(0, kShown);
  const list = useId();
  const marked = useRef<HTMLLIElement>(null);
  useEffect(() => marked.current?.scrollIntoView({ block: "nearest" }), [at]);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    entry.run();
  };
  const keys = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && shown.length > 0) setAt((at + step + shown.length) % shown.length);
    else if (event.key === "Enter") run(shown[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className={buttons.overlay} />
        <Dialog.Content className={`${buttons.dialog} ${styles.palette}`} aria-describedby={undefined}>
          <Dialog.Title className="visually-hidden">Search or run</Dialog.Title>
          <input
            className={styles.input}
            role="combobox"
            aria-expanded="true"
            aria-controls={list}
            aria-activedescendant={shown[at] ? `${list}-${at}` : undefined}
            aria-label="Search pages, incidents, databases and actions"
            placeholder="Search or run…"
            autoComplete="off"
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              setAt(0);
            }}
            onKeyDown={keys}
          />
          <ul id={list} role="listbox" aria-label="Found" className={styles.list}>
            {shown.map((entry, number) => (
              <li
                key={entry.key}
                id={`${list}-${number}`}
                ref={number === at ? marked : undefined}
                role="option"
                aria-selected={number === at}
                onClick={() => run(entry)}
              >
                <span className={styles.kind}>{entry.kind}</span>
                <span className={styles.text}>{entry.text}</span>
                {entry.more && <span className={styles.more}>{entry.more}</span>}
              </li>
            ))}
          </ul>
          <p role="status" className={shown.length > 0 ? "visually-hidden" : styles.none}>
            {shown.length > 0 ? `${shown.length} found` : "Nothing is called that. Try an incident's number, a page or a database."}
          </p>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useEntries(typed: string, showHelp: () => void): Entry[] {
  const navigate = useNavigate();
  const incidents = useQuery({ ...queries.incidents({ q: typed || undefined }), placeholderData: keepPreviousData });
  const databases = useQuery(queries.databases());
  const entries: Entry[] = [];
  const number = /^(?:sh-?)?(\d+)$/i.exec(typed)?.[1];
  if (number)
    entries.push({
      key: "number",
      kind: "Incident",
      text: `SH-${number}`,
      more: `Go to ${typed}`,
      run: () => navigate({ to: "/incidents/$id", params: { id: `SH-${number}` } }),
    });
  for (const page of kPages) entries.push({ key: page.to, kind: "Page", text: page.name, run: () => navigate({ to: page.to }) });
  for (const page of kSettings)
    entries.push({ key: `set ${page.to}`, kind: "Page", text: `Settings: ${page.name}`, run: () => navigate({ to: page.to }) });
  for (const incident of incidents.data?.items ?? [])
    entries.push({
      key: incident.id,
      kind: "Incident",
      text: `${incident.id} ${incident.title}`,
      more: `${stateWords(incident.state)} · ${incident.server}`,
      run: () => navigate({ to: "/incidents/$id", params: { id: incident.id } }),
    });
  for (const database of databases.data?.items ?? [])
    entries.push({
      key: `db ${database.name}`,
      kind: "Database",
      text: database.name,
      more: "its incidents",
      run: () => navigate({ to: "/incidents", search: { server: database.name } }),
    });
  const act = (text: string, run: () => unknown) => entries.push({ key: text, kind: "Action", text, run });
  act("Copy the link of this page", () => copyLink(location.href));
  act("Use dark colours", () => choose("dark"));
  act("Use light colours", () => choose("light"));
  act("Use the system's colours", () => choose("system"));
  act("Pause all actions…", () => navigate({ to: "/settings/policies" }));
  act("Watch another database…", () => navigate({ to: "/settings/databases" }));
  act("Show keyboard shortcuts", showHelp);
  return entries;
}
