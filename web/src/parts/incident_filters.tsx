import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { queries } from "../api/queries";
import { type IncidentSearch, kOrders, kSeverities, kSince, kStates } from "../api/search";
import { useShortcuts } from "../app/shortcuts";
import { Button } from "./button";
import styles from "./incidents.module.css";
import { stateWords } from "./words";

const kTypedMs = 250;
const kCategories = [
  "APPLICATION_RAISED",
  "CONNECTION_ISSUE",
  "CONSTRAINT_VIOLATION",
  "DUPLICATE_DATA",
  "INTERNAL_OR_CORRUPTION",
  "LOCK_CONTENTION",
  "PERMISSION_ERROR",
  "QUERY_SYNTAX",
  "RESOURCE_EXHAUSTION",
  "UNKNOWN",
];

interface FiltersProps {
  search: IncidentSearch;
  change: (search: IncidentSearch) => void;
  filtered: boolean; // by the address
}

export function IncidentFilters({ search, change, filtered }: FiltersProps) {
  const databases = useQuery(queries.databases());
  const [open, setOpen] = useState(false);
  const set = (name: keyof IncidentSearch) => (value: string) => change({ ...search, [name]: value || undefined });
  return (
    <div className={styles.filters} role="search" aria-label="Filter incidents" data-open={open}>
      <TextFilter text={search.q ?? ""} change={set("q")} />
      <button type="button" className={styles.unfold} aria-expanded={open} onClick={() => setOpen(!open)}>
        Filters
      </button>
      <Choice label="State" any="any state" value={search.state} change={set("state")}>
        <option value="unresolved">not resolved</option>
        <option value="closed">closed</option>
        {kStates.map((state) => (
          <option key={state} value={state}>
            {stateWords(state).toLowerCase()}
          </option>
        ))}
      </Choice>
      <Choice label="Severity" any="any severity" value={search.severity} change={set("severity")}>
        {kSeverities.map((severity) => (
          <option key={severity}>{severity}</option>
        ))}
      </Choice>
      <Choice label="Category" any="any category" value={search.category} change={set("category")}>
        {[...new Set([...kCategories, ...(search.category ? [search.category] : [])])].map((category) => (
          <option key={category} value={category}>
            {category.replaceAll("_", " ").toLowerCase()}
          </option>
        ))}
      </Choice>
      {((databases.data?.items.length ?? 0) > 1 || search.server) && (
        <Choice label="Database" any="any database" value={search.server} change={set("server")}>
          {databases.data?.items.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </Choice>
      )}
      <Choice label="Seen" any="any time" value={search.since} change={set("since")}>
        {Object.keys(kSince).map((since) => (
          <option key={since} value={since}>
            last {since.replace("h", " h").replace("d", " days")}
          </option>
        ))}
      </Choice>
      <Choice label="Order" value={search.order ?? "number"} change={(order) => set("order")(order === "number" ? "" : order)}>
        {Object.entries(kOrders).map(([order, words]) => (
          <option key={order} value={order}>
            {words}
          </option>
        ))}
      </Choice>
      {filtered && <Button onClick={() => change({})}>Clear</Button>}
    </div>
  );
}

// The address follows what is typed after a pause, not letter by letter.
function TextFilter({ text, change }: { text: string; change: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  const input = useRef<HTMLInputElement>(null);
  const said = useRef(text);
  useEffect(() => {
    if (text !== said.current) setTyped(text); // the address changed by itself: back, or a link
    said.current = text;
  }, [text]);
  useEffect(() => {
    if (typed.trim() === said.current) return;
    const timer = setTimeout(() => {
      said.current = typed.trim();
      change(typed.trim());
    }, kTypedMs);
    return () => clearTimeout(timer);
  }, [typed, change]);
  useShortcuts({ filter: () => input.current?.focus() });
  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") input.current?.blur();
  };
  return (
    <label className={styles.search}>
      <span className="visually-hidden">Filter by words, or an id such as SH-12</span>
      <input
        ref={input}
        type="search"
        placeholder="Filter…  /"
        maxLength={200}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={keys}
      />
    </label>
  );
}

interface ChoiceProps {
  label: string;
  any?: string;
  value: string | undefined;
  change: (value: string) => void;
  children?: React.ReactNode;
}

function Choice({ label, any, value, change, children }: ChoiceProps) {
  return (
    <select className={styles.choice} aria-label={label} value={value ?? ""} onChange={(event) => change(event.target.value)}>
      {any && <option value="">{any}</option>}
      {children}
    </select>
  );
}
