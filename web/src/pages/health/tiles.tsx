import type { Schemas } from "../../api/client";
import { written, type Unit } from "../../parts/units";
import styles from "./health.module.css";
import { StateGlyph } from "./state";

// What people want to know first, and the check that judges it.
const kTiles = [
  { measure: "connections.used", name: "Connections", check: "connections" },
  { measure: "transactions.longest", name: "Longest transaction", check: "long_transactions" },
  { measure: "cache.hit", name: "Cache hit", check: "cache_hit" },
  { measure: "rows.dead", name: "Dead rows", check: "dead_rows" },
  { measure: "replication.lag", name: "Replication lag", check: "replication_lag" },
  { measure: "wraparound.xid", name: "Wraparound", check: "wraparound_xid" },
  { measure: "space.databases", name: "Size of all databases", check: undefined },
  { measure: "space.wal", name: "WAL directory", check: "wal_size" },
] as const;

function isAlone(health: Schemas["DatabaseHealth"]): boolean {
  return health.role === "primary" && health.replicas.length === 0;
}

export function Tiles({ health, small }: { health: Schemas["DatabaseHealth"]; small?: boolean }) {
  const judged = Object.keys(health.checks).length > 0;
  return (
    <ul className={small ? styles.small : styles.tiles} aria-label={`Measures of ${health.name}`}>
      {kTiles.slice(0, small ? 6 : kTiles.length).map(({ measure, name, check }) => {
        const found = health.measures.find((one) => one.name === measure);
        const trouble = health.headlines.find((one) => one.name === check);
        const state = check && judged ? (trouble?.state ?? "ok") : "unknown";
        return (
          <li key={measure} className={styles.tile} title={trouble?.text}>
            <b>
              {check && <StateGlyph state={state} />}
              {isAlone(health) && measure === "replication.lag"
                ? "no standby"
                : written(found?.value, (found?.unit ?? "count") as Unit)}
            </b>
            <span>{name}</span>
          </li>
        );
      })}
    </ul>
  );
}
