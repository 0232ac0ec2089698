import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import type { IncidentSearch } from "../api/search";
import { IncidentPanel } from "../parts/incident_panel";
import parts from "../parts/parts.module.css";
import { useTitle } from "../parts/title";

const route = getRouteApi("/incidents");

export function IncidentsPage() {
  useTitle("Incidents");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback((next: IncidentSearch) => void navigate({ search: next, replace: true }), [navigate]);
  return (
    <>
      <h1>Incidents</h1>
      <section className={parts.card} aria-label="Incidents">
        <IncidentPanel
          search={search}
          change={change}
          empty={<p className={parts.meta}>Nothing has happened yet on the watched databases. Try it: selfheal demo</p>}
        />
      </section>
    </>
  );
}
