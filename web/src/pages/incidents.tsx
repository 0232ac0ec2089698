import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "../api/queries";
import { IncidentList } from "../parts/incident_list";
import parts from "../parts/parts.module.css";
import { ProblemCard } from "../parts/problem";
import { useTitle } from "../parts/title";

const route = getRouteApi("/incidents");

export function IncidentsPage() {
  useTitle("Incidents");
  const { state, ...filter } = route.useSearch();
  const incidents = useQuery(queries.incidents({ ...filter, state: state ? [state] : undefined }));
  return (
    <>
      <h1>Incidents</h1>
      {incidents.isError && <ProblemCard error={incidents.error} again={() => void incidents.refetch()} />}
      <section className={parts.card} aria-busy={incidents.isPending} aria-label="Incidents">
        {incidents.data?.items.length === 0 && <p className={parts.meta}>No incident is like that.</p>}
        {incidents.data && <IncidentList incidents={incidents.data.items} />}
      </section>
    </>
  );
}
