import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { useShortcuts } from "../../app/shortcuts";
import { Ago } from "../../parts/ago";
import { Button } from "../../parts/button";
import { Confirm, type Confirmation } from "../../parts/confirm";
import { counted } from "../../parts/format";
import { Icon } from "../../parts/icon";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { useTitle } from "../../parts/title";
import { copyLink } from "../../parts/toast";
import { SeverityBadge, StateWord } from "../../parts/words";
import { BlockingCard } from "./blocking";
import { Decisions } from "./decisions";
import { ExplanationCard } from "./explanation";
import { FixCard } from "./fix";
import styles from "./incident.module.css";
import { OutcomeChart } from "./outcome_chart";
import { EventsCard, RawCard, SimilarCard, TreatmentsCard } from "./record";
import { TimelineCard } from "./timeline";
import { VerdictCard } from "./verdict";

const route = getRouteApi("/incidents/$id");

export function IncidentPage() {
  const { id } = route.useParams();
  const { data: incident, error, refetch } = useQuery(queries.incident(id));
  useTitle(incident ? `${incident.id} ${incident.title}` : id);
  useNeighbours(id);
  if (error && !incident) return <ProblemCard error={error} again={() => void refetch()} />;
  if (!incident) return <Skeleton />;
  return <Loaded key={incident.id} incident={incident} />;
}

function Loaded({ incident }: { incident: Schemas["Incident"] }) {
  const [ask, setAsk] = useState<Confirmation>();
  useHash();
  return (
    <article>
      <p className={styles.back}>
        <Link to="/incidents">‹ Incidents</Link>
      </p>
      <HealedMeanwhile incident={incident} />
      <Head incident={incident} ask={setAsk} />
      <div className={styles.columns}>
        <div className={styles.stack}>
          <VerdictCard incident={incident} />
          <BlockingCard incident={incident} />
          <OutcomeChart incident={incident} />
          <ExplanationCard id={incident.id} />
          <TreatmentsCard treatments={incident.treatments} />
          <TimelineCard incident={incident} />
          <SimilarCard cases={incident.similar} />
          <EventsCard incident={incident} />
          <RawCard incident={incident} />
        </div>
        <FixCard incident={incident} ask={setAsk} />
      </div>
      <Confirm ask={ask} close={() => setAsk(undefined)} />
    </article>
  );
}

function Head({ incident, ask }: { incident: Schemas["Incident"]; ask: (question: Confirmation) => void }) {
  const taken = incident.timeline.findLast((entry) => entry.what === "taken");
  const before = incident.similar.filter((past) => past.what === "incident").length;
  return (
    <header className={styles.head}>
      <div>
        <p className={styles.facts}>
          <SeverityBadge severity={incident.severity} />{" "}
          <strong data-live>
            <StateWord state={incident.state} />
          </strong>{" "}
          <code>
            {incident.category} {incident.sqlstate} · {incident.id}
          </code>
        </p>
        <h1>{incident.title}</h1>
        <p className={parts.meta}>
          {counted(incident.events, "event")} · first <Ago at={incident.first_seen} /> · last <Ago at={incident.last_seen} /> ·{" "}
          <Link to="/incidents" search={{ server: incident.server }}>
            {incident.server}
          </Link>
          {incident.database && `/${incident.database}`}
          {before > 0 && (
            <>
              {" "}
              · <a href="#similar">{counted(before, "similar case")}</a>
            </>
          )}
          {taken && ` · ${taken.text}`}
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
      <div className={styles.decisions}>
        <Decisions incident={incident} ask={ask} />
        <Link to="/chat" search={{ incident: incident.id }} className={styles.ask}>
          <Icon name="ask" /> Ask about it
        </Link>
        <Button aria-label="Copy the link of this incident" title="Copy link" onClick={() => copyLink(`/incidents/${incident.id}`)}>
          <Icon name="link" />
        </Button>
      </div>
    </header>
  );
}

// It healed while somebody was reading: said once, and nothing else moves.
function HealedMeanwhile({ incident }: { incident: Schemas["Incident"] }) {
  const [first] = useState(incident.state);
  const last = incident.treatments.at(-1);
  if (incident.state !== "healed" || first === "healed" || !incident.closed_at) return null;
  return (
    <p role="status" className={styles.healed}>
      It healed{last?.approved_by === "policy" ? " by policy auto" : ""} <Ago at={incident.closed_at} />, while you were here.
    </p>
  );
}

// A link to an entry or a card is followed once what it names is there.
function useHash() {
  useEffect(() => {
    const name = location.hash.slice(1);
    if (name) document.getElementById(name)?.scrollIntoView({ block: "center" });
  }, []);
}

function useNeighbours(id: string) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const go = (step: 1 | -1) => {
    const beside = neighbourOf(client, id, step);
    if (beside) void navigate({ to: "/incidents/$id", params: { id: beside } });
  };
  useShortcuts({ previous_incident: () => go(-1), next_incident: () => go(1) });
}

// In the list that this incident was opened from; else by its number.
function neighbourOf(client: QueryClient, id: string, step: 1 | -1): string | undefined {
  const lists = client.getQueriesData<Schemas["IncidentPage"]>({ queryKey: ["incidents", "list"] });
  for (const [, page] of lists.reverse()) {
    const at = page?.items.findIndex((incident) => incident.id === id) ?? -1;
    if (page && at >= 0 && page.items[at + step]) return page.items[at + step]!.id;
  }
  const number = Number(id.replace("SH-", "")) - step;
  return Number.isInteger(number) && number > 0 ? `SH-${number}` : undefined;
}

// As high as what comes, so that nothing jumps.
function Skeleton() {
  return (
    <div aria-busy="true" aria-label="Loading the incident" className={styles.late}>
      <div className={styles.ghost} />
      <div className={styles.ghost_tall} />
    </div>
  );
}
