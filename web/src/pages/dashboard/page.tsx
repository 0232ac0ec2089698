import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense, useCallback } from "react";
import type { Schemas } from "../../api/client";
import { kOpenStates, queries } from "../../api/queries";
import type { IncidentSearch } from "../../api/search";
import { AtTime, span, useNow } from "../../parts/ago";
import { counted } from "../../parts/format";
import { IncidentPanel } from "../../parts/incident_panel";
import parts from "../../parts/parts.module.css";
import { useTitle } from "../../parts/title";
import { useAtMostEvery } from "../../parts/use_at_most_every";
import styles from "./dashboard.module.css";
import { NeedsYou } from "./needs_you";
import { Tiles } from "./tiles";

const route = getRouteApi("/");
const SetupCard = lazy(() => import("../setup/card"));
const SessionsChart = lazy(async () => ({ default: (await import("../../parts/sessions_chart")).SessionsChart }));

export function DashboardPage() {
  useTitle("Dashboard");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback((next: IncidentSearch) => void navigate({ search: next, replace: true }), [navigate]);
  const databases = useQuery(queries.databases());
  const nothing = databases.data?.items.length === 0;
  return (
    <>
      <h1 className="visually-hidden">Dashboard</h1>
      <Spoken />
      {nothing && (
        <Suspense>
          <SetupCard />
        </Suspense>
      )}
      <NeedsYou />
      {!nothing && <Tiles />}
      <Unreachable servers={databases.data?.items ?? []} />
      {!nothing && <Sessions server={search.server ?? databases.data?.items[0]?.name} />}
      <section className={parts.card} aria-labelledby="incidents">
        <h2 id="incidents" className={styles.list_title}>
          Incidents
        </h2>
        <IncidentPanel search={search} change={change} otherwise={kUnresolved} empty={<AllWell servers={databases.data?.items ?? []} />} />
        <Foot />
      </section>
    </>
  );
}

// Who works and who waits: of the server that the list is narrowed to, or the first one.
function Sessions({ server }: { server: string | undefined }) {
  return (
    <section className={`${parts.card} ${styles.sessions}`} aria-label="Sessions">
      {server !== undefined && (
        <Suspense>
          <SessionsChart database={server} />
        </Suspense>
      )}
    </section>
  );
}

const kUnresolved: IncidentSearch = { state: "unresolved" };

// What changed, for those who hear the page: one sentence, not each number.
function Spoken() {
  const { data } = useQuery(queries.readiness());
  const open = kOpenStates.reduce((sum, state) => sum + (data?.incidents[state] ?? 0), 0);
  const waiting = data?.incidents.awaiting_approval ?? 0;
  const sentence = data ? `${counted(open, "open incident")}${waiting > 0 ? `, ${waiting} waiting for an approval` : ""}.` : "";
  return (
    <p className="visually-hidden" role="status">
      {useAtMostEvery(sentence, 10_000)}
    </p>
  );
}

// Never green while nobody knows.
function Unreachable({ servers }: { servers: Schemas["Server"][] }) {
  const away = servers.filter((server) => server.state === "down" || server.state === "connecting");
  if (away.length === 0) return null;
  return (
    <section className={`${parts.card} ${parts.problem}`} aria-label="Databases without data">
      <ul className={parts.list}>
        {away.map((server) => (
          <li key={server.name}>
            <span aria-hidden="true">▲ </span>
            <Link to="/settings/databases">{server.name}</Link>: no data
            {server.since && (
              <>
                {" "}
                since <AtTime at={server.since} />
              </>
            )}
            {server.state_why && ` (${server.state_why})`}
          </li>
        ))}
      </ul>
    </section>
  );
}

function AllWell({ servers }: { servers: Schemas["Server"][] }) {
  const checked = useQuery(queries.databases()).dataUpdatedAt;
  const now = useNow();
  if (servers.length === 0) return <p className={parts.meta}>Incidents will stand here as soon as a database is watched.</p>;
  return (
    <p className={parts.meta}>
      ✓ No incidents. Watching {counted(servers.length, "database")}, asked {span((now - checked) / 1000)} ago. See one: <code>selfheal demo</code>
    </p>
  );
}

function Foot() {
  const { data } = useQuery(queries.readiness());
  return (
    <p className={styles.foot}>
      {(data?.incidents.muted ?? 0) > 0 && (
        <Link to="/incidents" search={{ state: "muted" }}>
          {data?.incidents.muted} muted
        </Link>
      )}
      <Link to="/incidents" search={{ state: "closed" }}>
        Closed
      </Link>
      <Link to="/incidents">All incidents</Link>
    </p>
  );
}
