import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { incidentPage, queries } from "../api/queries";
import type { IncidentQuery } from "../api/search";
import { useLiveEvents } from "../app/live";
import { appended, kNoRows, type LiveRows, refreshed, shownFresh, told } from "./live_rows";

// A list of incidents that lives. `mayInsert` says whether new rows may be put on top now.
export function useLiveRows(query: IncidentQuery, mayInsert: () => boolean) {
  const key = JSON.stringify(query);
  const head = useQuery(queries.incidents(query));
  const [kept, setKept] = useState<{ key: string; rows: LiveRows }>({ key, rows: kNoRows });
  const [paging, setPaging] = useState<"idle" | "busy" | "failed">("idle");
  const rows = kept.key === key ? kept.rows : kNoRows;

  useEffect(() => {
    if (!head.data) return;
    setKept((before) => {
      const next = refreshed(before.key === key ? before.rows : kNoRows, head.data);
      return { key, rows: mayInsert() ? shownFresh(next) : next };
    });
    // Only what the server says is a reason: `mayInsert` is asked at that moment.
  }, [head.data, key]);
  useLiveEvents((event) => setKept((before) => ({ ...before, rows: told(before.rows, event) })));

  const more = useCallback(async () => {
    if (paging === "busy" || !rows.next) return;
    setPaging("busy");
    try {
      const page = await incidentPage(query, rows.next);
      setKept((before) => (before.key === key ? { key, rows: appended(before.rows, page) } : before));
      setPaging("idle");
    } catch {
      setPaging("failed");
    }
  }, [key, paging, query, rows.next]);

  const showFresh = () => setKept((before) => ({ ...before, rows: shownFresh(before.rows) }));
  return { rows, head, more, paging, showFresh };
}
