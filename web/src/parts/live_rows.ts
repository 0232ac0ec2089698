// Rows of a list that lives: what comes is put in place, and nothing moves under the reader's eyes.
import type { Schemas } from "../api/client";
import type { LiveEvent } from "../app/live";

type Incident = Schemas["Incident"];

export interface LiveRows {
  items: Incident[]; // as shown
  fresh: Incident[]; // not shown yet: they would push down what is being read
  next?: string | null; // cursor of what is behind; null: that is all
}

export const kNoRows: LiveRows = { items: [], fresh: [] };

// The page behind what is known. A row may come twice when the order shifts while paging.
export function appended(rows: LiveRows, page: { items: Incident[]; next_cursor?: string | null }): LiveRows {
  const known = new Set(rows.items.map(({ id }) => id));
  return { ...rows, items: [...rows.items, ...page.items.filter(({ id }) => !known.has(id))], next: page.next_cursor ?? null };
}

// The first page, asked for again: known rows are replaced where they stand, new ones wait in `fresh`.
export function refreshed(rows: LiveRows, page: { items: Incident[]; next_cursor?: string | null }): LiveRows {
  if (rows.items.length === 0) return { items: page.items, fresh: [], next: page.next_cursor ?? null };
  const now = new Map(page.items.map((incident) => [incident.id, incident]));
  const items = rows.items.map((incident) => newer(now.get(incident.id), incident));
  const shown = new Set(rows.items.map(({ id }) => id));
  return { ...rows, items, fresh: page.items.filter(({ id }) => !shown.has(id)) };
}

// An event that overtook the answer must not be undone by it.
function newer(candidate: Incident | undefined, known: Incident): Incident {
  return candidate && candidate.rev >= known.rev ? candidate : known;
}

// The state stands in the event itself, so a row far down the list says what it is, too.
export function told(rows: LiveRows, event: LiveEvent): LiveRows {
  if (event.name !== "incident") return rows;
  const { id, rev, state } = event.data;
  const at = rows.items.findIndex((incident) => incident.id === id);
  const row = rows.items[at];
  if (!row || typeof rev !== "number" || typeof state !== "string" || rev <= row.rev) return rows;
  return { ...rows, items: rows.items.with(at, { ...row, rev, state: state as Incident["state"] }) };
}

export function shownFresh(rows: LiveRows): LiveRows {
  return rows.fresh.length === 0 ? rows : { ...rows, items: [...rows.fresh, ...rows.items], fresh: [] };
}
