import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { kOpenStates, queries } from "../api/queries";
import { IncidentList } from "../parts/incident_list";
import parts from "../parts/parts.module.css";
import { ProblemCard } from "../parts/problem";
import { useTitle } from "../parts/title";

export function DashboardPage() {
  useTitle("Dashboard");
  const incidents = useQuery(queries.incidents({ state: kOpenStates }));
  const waiting = incidents.data?.items.filter((incident) => incident.state === "awaiting_approval") ?? [];
  return (
    <>
      <h1 className="visually-hidden">Dashboard</h1>
      {waiting.length > 0 && (
        <section className={parts.card} aria-label="Needs you">
          <h2>Needs you ({waiting.length})</h2>
          <IncidentList incidents={waiting} />
        </section>
      )}
      {incidents.isError && <ProblemCard error={incidents.error} again={() => void incidents.refetch()} />}
      <section className={parts.card} aria-label="Incidents" aria-busy={incidents.isPending}>
        <h2>Incidents</h2>
        {incidents.data?.items.length === 0 && <AllWell />}
        {incidents.data && <IncidentList incidents={incidents.data.items} />}
        <p className={parts.meta}>
          <Link to="/incidents">All incidents</Link>
        </p>
      </section>
    </>
  );
}

function AllWell() {
  const databases = useQuery(queries.databases());
  const watched = databases.data?.items.length ?? 0;
  return (
    <p className={parts.meta}>
      {watched === 0
        ? "No database is watched yet. Add one with: selfheal db add NAME URL"
        : `No incidents. Watching ${watched} ${watched === 1 ? "database" : "databases"}.`}
    </p>
  );
}
