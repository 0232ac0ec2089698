import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { healthQueries, isLive, kRanges, rangeOf, type RangeWord } from "../../api/health";
import { Ago } from "../../parts/ago";
import { MeasureChart, useTail } from "../../parts/measure_chart";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { useTitle } from "../../parts/title";
import { written, type Unit } from "../../parts/units";
import { Checks } from "./checks";
import styles from "./health.module.css";
import { Facts, HealthPage, isUp, ServerState } from "./page";
import { SlowStatements } from "./statements";
import { Tables } from "./tables";
import { Tiles } from "./tiles";
import type { Schemas } from "../../api/client";

const route = getRouteApi("/health/$");

const kCharts: { title: string; unit: Unit; measures: string[] }[] = [
  {
    title: "Sessions by state",
    unit: "count",
    measures: ["sessions.active", "sessions.waiting", "sessions.idle_in_transaction", "sessions.idle"],
  },
  {
    title: "What active sessions wait for",
    unit: "count",
    measures: ["waits.cpu", "waits.lock", "waits.lwlock", "waits.io", "waits.client", "waits.other"],
  },
  { title: "Transactions", unit: "per_second", measures: ["transactions.committed", "transactions.rolled_back"] },
  { title: "Longest transaction", unit: "seconds", measures: ["transactions.longest"] },
  { title: "Cache hit", unit: "percent", measures: ["cache.hit"] },
  { title: "Rows read and written", unit: "per_second", measures: ["rows.read", "rows.written"] },
  { title: "Replication lag", unit: "seconds", measures: ["replication.lag"] },
  { title: "WAL and temporary files written", unit: "bytes_per_second", measures: ["wal.written", "temporary.written"] },
  { title: "Checkpoints", unit: "per_second", measures: ["checkpoints.timed", "checkpoints.requested"] },
  { title: "Dead rows and time checkpoints write", unit: "percent", measures: ["rows.dead", "checkpoints.writing"] },
  { title: "Disk", unit: "bytes", measures: ["space.database", "space.databases", "space.wal", "slots.retained"] },
  { title: "Wraparound and connections", unit: "percent", measures: ["wraparound.xid", "wraparound.multixact", "connections.used"] },
];

// An address that ends with the slash names no server.
export function DatabaseHealthPage() {
  const { _splat: name = "" } = route.useParams();
  return name === "" ? <HealthPage /> : <OneDatabase key={name} name={name} />;
}

function OneDatabase({ name }: { name: string }) {
  const { range: word } = route.useSearch();
  const range = rangeOf(word).word;
  useTitle(`Health of ${name}`);
  const health = useQuery(healthQueries.database(name));
  return (
    <>
      <p className={parts.meta}>
        <Link to="/health">Health</Link>
      </p>
      <div className={styles.head}>
        <h1>
          {name} {health.data && <ServerState state={health.data.state} />}
        </h1>
        {health.data?.sampled_at && (
          <span className={parts.meta}>
            sampled <Ago at={health.data.sampled_at} />
          </span>
        )}
      </div>
      {health.isError && <ProblemCard error={health.error} again={() => void health.refetch()} />}
      {health.isPending && <div className={styles.ghost} aria-busy="true" />}
      {health.data && (
        <>
          <Facts health={health.data} />
          {!isUp(health.data) && (
            <p className={parts.card} role="alert">
              <strong>No data.</strong> {health.data.state_why}
            </p>
          )}
          <Tiles health={health.data} />
          <Charts name={name} range={range} />
          <Checks name={name} />
          <Replication health={health.data} />
          <SlowStatements name={name} />
          <Tables name={name} />
        </>
      )}
    </>
  );
}

function Charts({ name, range }: { name: string; range: RangeWord }) {
  const tail = useTail(name);
  return (
    <section className={parts.card} aria-labelledby="charts">
      <div className={styles.bar}>
        <h2 id="charts">Over time{isLive(range) && <span className={parts.meta}> · live</span>}</h2>
        <nav aria-label="Range of the charts">
          <ul className={styles.ranges}>
            {kRanges.map((one) => (
              <li key={one.word}>
                <Link
                  to="/health/$"
                  params={{ _splat: name }}
                  search={{ range: one.word }}
                  replace
                  resetScroll={false}
                  title={one.name}
                  aria-current={one.word === range ? "true" : undefined}
                >
                  {one.word}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </div>
      <div className={styles.charts}>
        {kCharts.map((chart) => (
          <MeasureChart key={chart.title} database={name} range={range} tail={tail} sync="health" {...chart} />
        ))}
      </div>
    </section>
  );
}

function Replication({ health }: { health: Schemas["DatabaseHealth"] }) {
  return (
    <section className={parts.card} aria-labelledby="replication">
      <h2 id="replication">Replication</h2>
      {health.replicas.length === 0 && health.slots.length === 0 && (
        <p className={parts.meta}>
          {health.role === "standby" ? "Nothing follows this standby." : "No standby is connected, and there is no slot."}
        </p>
      )}
      {health.replicas.length > 0 && (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Receivers of the log">
          <table>
            <thead>
              <tr>
                <th scope="col">Receiver</th>
                <th scope="col">Address</th>
                <th scope="col">State</th>
                <th scope="col" className={styles.number}>
                  Lag
                </th>
                <th scope="col" className={styles.number}>
                  Behind
                </th>
              </tr>
            </thead>
            <tbody>
              {health.replicas.map((replica, at) => (
                <tr key={at}>
                  <td>{replica.name}</td>
                  <td>{replica.address || "local"}</td>
                  <td>{replica.state}</td>
                  <td className={styles.number}>{written(replica.lag_s, "seconds")}</td>
                  <td className={styles.number}>{written(replica.lag_bytes, "bytes")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {health.slots.length > 0 && (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Replication slots">
          <table>
            <thead>
              <tr>
                <th scope="col">Slot</th>
                <th scope="col">Type</th>
                <th scope="col">Read</th>
                <th scope="col">WAL</th>
                <th scope="col" className={styles.number}>
                  Kept
                </th>
              </tr>
            </thead>
            <tbody>
              {health.slots.map((slot) => (
                <tr key={slot.name}>
                  <td>{slot.name}</td>
                  <td>{slot.type}</td>
                  <td>{slot.active ? "yes" : "▲ nobody reads it"}</td>
                  <td>{slot.wal_status}</td>
                  <td className={styles.number}>{written(slot.retained_bytes, "bytes")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
