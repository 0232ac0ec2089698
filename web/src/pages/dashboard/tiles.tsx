import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { kOpenStates, queries } from "../../api/queries";
import { type IncidentSearch, queryOf } from "../../api/search";
import { useNow } from "../../parts/ago";
import { kNoValue, written } from "../../parts/units";
import styles from "./dashboard.module.css";
import { medianHealS } from "./median";

const kHealing = ["applying", "verifying"];
const kDay: IncidentSearch = { state: "healed", since: "24h" };

export function Tiles() {
  const ready = useQuery(queries.readiness());
  const databases = useQuery(queries.databases());
  const healed = useQuery(queries.incidents(queryOf(kDay, useMinute())));
  const counts = ready.data?.incidents;
  const sum = (states: string[]) => (counts ? states.reduce((total, state) => total + (counts[state] ?? 0), 0) : undefined);
  const open = sum(kOpenStates);
  const healing = sum(kHealing);
  const servers = databases.data?.items;
  const up = servers?.filter(isUp).length;
  return (
    <ul className={styles.tiles} aria-label="At a glance">
      <Tile name="Open incidents" tone={open ? "bad" : undefined} search={{ state: "unresolved" }}>
        {open ?? kNoValue}
      </Tile>
      <Tile name="Healing now" search={{ state: "verifying" }}>
        {healing ?? kNoValue}
      </Tile>
      <Tile name="Healed, 24 h" tone={healed.data?.items.length ? "good" : undefined} search={kDay}>
        {healed.data ? `${healed.data.items.length}${healed.data.next_cursor ? "+" : ""}` : kNoValue}
      </Tile>
      <Tile name="Median time to heal" search={kDay}>
        {healed.data ? written(medianHealS(healed.data.items), "seconds") : kNoValue}
      </Tile>
      <li>
        <Link to="/health" className={styles.tile} data-tone={servers && up !== servers.length ? "bad" : undefined}>
          <span>Databases up</span>
          <strong data-live>{servers ? `${up}/${servers.length}` : kNoValue}</strong>
        </Link>
      </li>
    </ul>
  );
}

function useMinute(): number {
  return Math.floor(useNow() / 60_000) * 60_000;
}

function isUp(server: Schemas["Server"]): boolean {
  return server.state === "up" || server.state === "in_recovery";
}

function Tile({ name, tone, search, children }: { name: string; tone?: "good" | "bad"; search: IncidentSearch; children: ReactNode }) {
  return (
    <li>
      <Link to="/incidents" search={search} className={styles.tile} data-tone={tone}>
        <span>{name}</span>
        <strong data-live>{children}</strong>
      </Link>
    </li>
  );
}
