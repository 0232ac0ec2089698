// The list of incidents, for the dashboard and for its own page: filters in the address, rows that live, keys, and actions
// on several.
import { useNavigate } from "@tanstack/react-router";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type IncidentSearch, isFiltered, queryOf } from "../api/search";
import { useShortcuts } from "../app/shortcuts";
import { Button } from "./button";
import { BulkBar } from "./bulk_bar";
import { IncidentFilters } from "./incident_filters";
import { IncidentRow } from "./incident_row";
import styles from "./incidents.module.css";
import { useLiveRows } from "./use_live_rows";
import { ProblemCard } from "./problem";
import { copyLink } from "./toast";

const kRowHeight = 66;
const kAhead = 30; // rows before the end at which the next page is asked for

interface PanelProps {
  search: IncidentSearch;
  change: (search: IncidentSearch) => void;
  otherwise?: IncidentSearch; // what holds where the address says nothing
  empty: ReactNode; // when there is nothing, and no filter is the reason
}

export function IncidentPanel({ search, change, otherwise, empty }: PanelProps) {
  const list = useRef<HTMLUListElement>(null);
  const sought = { ...otherwise, ...defined(search) };
  const key = JSON.stringify(sought);
  const query = useMemo(() => queryOf(JSON.parse(key) as IncidentSearch, Date.now()), [key]);
  const atTop = () => (list.current?.getBoundingClientRect().top ?? 0) >= 0;
  const { rows, head, more, paging, showFresh } = useLiveRows(query, atTop);
  const { items } = rows;
  const ids = useMemo(() => items.map(({ id }) => id), [items]);
  const { cursor, chosen, choose, clear } = useListKeys(ids);
  const margin = useTopOf(list);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => kRowHeight,
    getItemKey: (at) => items[at]!.id,
    overscan: 8,
    scrollMargin: margin,
  });
  const drawn = virtual.getVirtualItems();
  const last = drawn.at(-1)?.index ?? 0;
  useEffect(() => {
    if (paging === "idle" && rows.next && last >= items.length - kAhead) void more();
  }, [last, items.length, more, paging, rows.next]);

  const at = cursor === undefined ? -1 : ids.indexOf(cursor);
  useEffect(() => {
    if (at < 0) return;
    virtual.scrollToIndex(at, { align: "auto" });
    const timer = setTimeout(
      () => list.current?.querySelector<HTMLElement>(`[data-incident="${CSS.escape(cursor!)}"]`)?.focus({ preventScroll: true }),
      50,
    );
    return () => clearTimeout(timer);
  }, [cursor]); // where it stands may change without a reason to scroll

  const show = () => {
    showFresh();
    list.current?.scrollIntoView({ block: "start" });
  };
  return (
    <>
      <div className={styles.head}>
        <IncidentFilters search={sought} change={change} filtered={isFiltered(search)} />
      </div>
      {rows.fresh.length > 0 && (
        <div className={styles.pill}>
          <Button onClick={show}>{rows.fresh.length} new ▲</Button>
        </div>
      )}
      {head.isError && <ProblemCard error={head.error} again={() => void head.refetch()} />}
      {head.isPending && <Skeleton />}
      {head.data && items.length === 0 && (isFiltered(search) ? <NoneLikeThat clear={() => change({})} /> : empty)}
      <ul
        ref={list}
        className={styles.list}
        aria-label="Incidents"
        aria-busy={head.isPending || paging === "busy"}
        style={{ height: virtual.getTotalSize() }}
      >
        {drawn.map((row) => {
          const incident = items[row.index]!;
          return (
            <li
              key={row.key}
              ref={virtual.measureElement}
              data-index={row.index}
              aria-posinset={row.index + 1}
              aria-setsize={rows.next ? -1 : items.length}
              style={{ transform: `translateY(${row.start - margin}px)` }}
            >
              <IncidentRow incident={incident} cursor={incident.id === cursor} chosen={chosen.has(incident.id)} choose={choose} />
            </li>
          );
        })}
      </ul>
      {paging === "failed" && (
        <p role="alert">
          The rest could not be read. <Button onClick={() => void more()}>Try again</Button>
        </p>
      )}
      {chosen.size > 0 && <BulkBar chosen={[...chosen]} clear={clear} />}
    </>
  );
}

// How far below the top of the page it begins. Asked when something changed its size, not with each frame of scrolling.
function useTopOf(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const look = () => {
      if (element.current) setTop(Math.round(element.current.getBoundingClientRect().top + window.scrollY));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}

function defined(search: IncidentSearch): IncidentSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

// j, k, x, Enter and "." over the rows that are shown.
function useListKeys(ids: string[]) {
  const navigate = useNavigate();
  const [cursor, setCursor] = useState<string>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const choose = useMemo(
    () => (id: string) =>
      setChosen((before) => {
        const after = new Set(before);
        if (!after.delete(id)) after.add(id);
        return after;
      }),
    [],
  );
  const move = (step: number) => {
    const at = cursor === undefined ? -1 : ids.indexOf(cursor);
    setCursor(ids[Math.min(ids.length - 1, Math.max(0, at + step))]);
  };
  useShortcuts({
    next: () => move(1),
    previous: () => move(-1),
    ...(cursor !== undefined && {
      select: () => choose(cursor),
      open: () => void navigate({ to: "/incidents/$id", params: { id: cursor } }),
      copy_link: () => copyLink(`/incidents/${cursor}`),
    }),
  });
  return { cursor, chosen, choose, clear: () => setChosen(new Set()) };
}

function NoneLikeThat({ clear }: { clear: () => void }) {
  return (
    <p className={styles.none}>
      No incident is like that. <Button onClick={clear}>Clear the filters</Button>
    </p>
  );
}

// As high as what comes, so that nothing jumps; seen only when it takes a while.
function Skeleton() {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      {[0, 1, 2, 3, 4].map((row) => (
        <div key={row} />
      ))}
    </div>
  );
}
