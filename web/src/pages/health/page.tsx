import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { healthQueries } from "../../api/health";
import { queries } from "../../api/queries";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { useTitle } from "../../parts/title";
import { written } from "../../parts/units";
import styles from "./health.module.css";
import { StateGlyph, stateWord } from "./state";
import { Tiles } from "./tiles";

export function HealthPage() {
  useTitle("Health");
  const databases = useQuery(queries.databases());
  return (
    <>
      <h1 className={styles.head}>Health</h1>
      {databases.isError && <ProblemCard error={databases.error} again={() => void databases.refetch()} />}
      {databases.data?.items.length === 0 && (
        <p className={parts.card}>
          No database is watched yet. Add one under <Link to="/settings/databases">Databases</Link>, or with{" "}
          <code>selfheal db add NAME URL</code>.
        </p>
      )}
      <div className={styles.servers} aria-busy={databases.isPending}>
        {databases.isPending && <div className={styles.ghost} />}
        {databases.data?.items.map((server) => (
          <ServerCard key={server.name} server={server} />
        ))}
      </div>
      <OwnHealth />
    </>
  );
}

function ServerCard({ server }: { server: Schemas["Server"] }) {
  const health = useQuery(healthQueries.database(server.name));
  const data = health.data;
  return (
    <section className={parts.card} aria-label={server.name}>
      <div className={styles.server_head}>
        <h2>
          <Link to="/health/$" params={{ _splat: server.name }}>
            {server.name}
          </Link>
        </h2>
        <ServerState state={data?.state ?? server.state} />
      </div>
      {data && <Facts health={data} />}
      {health.isError && <p className={parts.meta}>{health.error.message}</p>}
      {data && !isUp(data) && (
        <p role="status">
          No data{data.state_why && `: ${data.state_why}`}
        </p>
      )}
      {data && isUp(data) && <Tiles health={data} small />}
      {data && isUp(data) && <Headlines health={data} />}
    </section>
  );
}

export function isUp(health: Schemas["DatabaseHealth"]): boolean {
  return health.state === "up" || health.state === "in_recovery";
}

export function ServerState({ state }: { state: string }) {
  const check = state === "up" || state === "in_recovery" ? "ok" : state === "connecting" ? "unknown" : "critical";
  return (
    <span className={parts.state}>
      <StateGlyph state={check} />
      {state.replaceAll("_", " ")}
    </span>
  );
}

export function Facts({ health }: { health: Schemas["DatabaseHealth"] }) {
  const facts = [
    health.version && `PostgreSQL ${health.version.split(" ")[0]}`,
    health.role,
    health.up_s != null && `up ${written(health.up_s, "seconds")}`,
    health.log_why && `log not read: ${health.log_why}`,
  ];
  return (
    <p className={styles.facts}>
      {facts.filter(Boolean).map((fact) => (
        <span key={String(fact)}>{fact}</span>
      ))}
    </p>
  );
}

function Headlines({ health }: { health: Schemas["DatabaseHealth"] }) {
  const { ok = 0, warn = 0, critical = 0, unknown = 0 } = health.checks;
  const ran = ok + warn + critical + unknown;
  if (ran === 0) return <p className={parts.meta}>The first round of checks comes within seconds.</p>;
  const bad = health.headlines.filter((one) => one.state !== "unknown");
  return (
    <>
      <p className={parts.meta}>
        {ran} checks: {ok} ok, {warn} {warn === 1 ? "warning" : "warnings"}, {critical} critical, {unknown} not known
      </p>
      <ul className={parts.list}>
        {bad.slice(0, 3).map((one) => (
          <li key={one.name}>
            <StateGlyph state={one.state} />
            {one.title}
            <p className={parts.meta}>{one.text}</p>
          </li>
        ))}
      </ul>
    </>
  );
}

function OwnHealth() {
  const own = useQuery(healthQueries.own());
  return (
    <section className={`${parts.card} ${styles.own}`} aria-labelledby="self" aria-busy={own.isPending}>
      <h2 id="self">Selfheal itself{own.data && <span className={parts.meta}> · {stateWord(own.data.state)}</span>}</h2>
      {own.isError && <p className={parts.meta}>{own.error.message}</p>}
      <ul className={parts.list}>
        {own.data?.items.map((part) => (
          <li key={part.name}>
            <StateGlyph state={part.state} />
            <span>
              {part.title}
              <span className={parts.meta}> {part.detail}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
