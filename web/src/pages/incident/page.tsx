import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { Ago } from "../../parts/ago";
import { Confirm, type Confirmation } from "../../parts/confirm";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { useTitle } from "../../parts/title";
import { SeverityBadge, stateWords } from "../../parts/words";
import { BlockingCard } from "./blocking";
import { Decisions } from "./decisions";
import { ExplanationCard } from "./explanation";
import { FixCard } from "./fix";
import styles from "./incident.module.css";
import { EventsCard, RawCard, SimilarCard, TimelineCard, TreatmentsCard } from "./record";
import { VerdictCard } from "./verdict";

const route = getRouteApi("/incidents/$id");

export function IncidentPage() {
  const { id } = route.useParams();
  const { data: incident, error, refetch } = useQuery(queries.incident(id));
  useTitle(incident ? `${incident.id} ${incident.title}` : id);
  if (error && !incident) return <ProblemCard error={error} again={() => void refetch()} />;
  if (!incident) return <Skeleton />;
  return <Loaded incident={incident} />;
}

function Loaded({ incident }: { incident: Schemas["Incident"] }) {
  const [ask, setAsk] = useState<Confirmation>();
  return (
    <article>
      <p>
        <Link to="/incidents">‹ Incidents</Link>
      </p>
      <header className={styles.head}>
        <div>
          <p className={styles.facts}>
            <SeverityBadge severity={incident.severity} /> <strong>{stateWords(incident.state)}</strong>{" "}
            <code>
              {incident.category} {incident.sqlstate} · {incident.id}
            </code>
          </p>
          <h1>{incident.title}</h1>
          <p className={parts.meta}>
            {incident.events} {incident.events === 1 ? "event" : "events"} · first <Ago at={incident.first_seen} /> · last{" "}
            <Ago at={incident.last_seen} /> · {incident.server}
            {incident.database && `/${incident.database}`}
          </p>
          {incident.merged_into && (
            <p>
              Another face of{" "}
              <Link to="/incidents/$id" params={{ id: incident.merged_into }}>
                {incident.merged_into}
              </Link>
            </p>
          )}
        </div>
        <Decisions incident={incident} ask={setAsk} />
      </header>
      <div className={styles.columns}>
        <VerdictCard incident={incident} />
        <FixCard incident={incident} ask={setAsk} />
      </div>
      <ExplanationCard id={incident.id} />
      {incident.blocking && incident.blocking.edges.length > 0 && <BlockingCard blocking={incident.blocking} />}
      <TreatmentsCard treatments={incident.treatments} />
      <TimelineCard incident={incident} />
      <SimilarCard cases={incident.similar} />
      <EventsCard incident={incident} />
      <RawCard incident={incident} />
      <Confirm ask={ask} close={() => setAsk(undefined)} />
    </article>
  );
}

// As high as what comes, so that nothing jumps.
function Skeleton() {
  return (
    <div aria-busy="true" aria-label="Loading the incident">
      <div className={styles.ghost} />
      <div className={styles.ghost_tall} />
    </div>
  );
}
