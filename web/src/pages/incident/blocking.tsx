import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { usePreferences } from "../../app/preferences";
import { Button } from "../../parts/button";
import { counted, timeOfDay } from "../../parts/format";
import parts from "../../parts/parts.module.css";
import { BlockingTree } from "./blocking_tree";
import styles from "./incident.module.css";
import { changeBeside, type Moment, momentAt, reachOf, waitersIn } from "./scrubber";

const BlockingGraph = lazy(() => import("./blocking_graph"));

// The list is the first form on a small screen and for a reader of the screen; the graph shows the same.
export function BlockingCard({ incident }: { incident: Schemas["Incident"] }) {
  const [graph, setGraph] = useState(() => matchMedia("(min-width: 721px)").matches);
  const history = useQuery(queries.history(incident.id));
  const moments = history.data?.moments ?? [];
  const [chosen, setChosen] = useState<number>(); // nothing: as the incident itself shows it
  const moment = chosen === undefined ? undefined : momentAt(moments, chosen);
  const blocking = chosen === undefined ? (incident.blocking ?? moments.at(-1)?.blocking) : moment?.blocking;
  if (!incident.blocking && moments.length === 0) return null;
  return (
    <section className={parts.card} aria-labelledby="blocking">
      <h2 id="blocking" className={styles.with_note}>
        Who blocks whom
        <Button onClick={() => setGraph(!graph)}>{graph ? "Show as list" : "Show as graph"}</Button>
      </h2>
      {moments.length > 1 && <Scrubber moments={moments} chosen={chosen} choose={setChosen} />}
      {!blocking && <p className={styles.nobody}>Nobody was seen waiting at this moment.</p>}
      {blocking && graph && (
        <Suspense fallback={<div className={styles.ghost_tall} />}>
          <BlockingGraph blocking={blocking} />
        </Suspense>
      )}
      {blocking && !graph && <BlockingTree blocking={blocking} />}
    </section>
  );
}

interface ScrubberProps {
  moments: Moment[];
  chosen: number | undefined;
  choose: (time: number | undefined) => void;
}

function Scrubber({ moments, chosen, choose }: ScrubberProps) {
  const way = usePreferences();
  const reach = reachOf(moments)!;
  const time = chosen ?? reach.to;
  const waiting = waitersIn(momentAt(moments, time));
  const words = `${timeOfDay(time, way)}, ${counted(waiting, "session waits", "sessions wait")}`;
  return (
    <div className={styles.scrubber}>
      <Strip moments={moments} time={time} />
      <input
        type="range"
        min={reach.from}
        max={reach.to}
        step={100}
        value={time}
        aria-label="Moment shown"
        aria-valuetext={words}
        onChange={(event) => choose(Number(event.target.value))}
      />
      <div className={styles.scrub_line}>
        <Button aria-label="Previous change" onClick={() => choose(changeBeside(moments, time, -1))}>
          ◂
        </Button>
        <Button aria-label="Next change" onClick={() => choose(changeBeside(moments, time, 1))}>
          ▸
        </Button>
        <span>{words}</span>
        {chosen !== undefined && <Button onClick={() => choose(undefined)}>Latest</Button>}
      </div>
    </div>
  );
}

const kStripWidth = 600;
const kStripHeight = 28;

// How many waited when, over the slider. The slider itself says it in words.
function Strip({ moments, time }: { moments: Moment[]; time: number }) {
  const reach = reachOf(moments)!;
  const length = Math.max(1, reach.to - reach.from);
  const most = Math.max(1, ...moments.map(waitersIn));
  const x = (at: number) => ((at - reach.from) / length) * kStripWidth;
  return (
    <svg className={styles.strip} viewBox={`0 0 ${kStripWidth} ${kStripHeight}`} preserveAspectRatio="none" aria-hidden="true">
      {moments.map((moment) => {
        const height = (waitersIn(moment) / most) * kStripHeight;
        const left = x(Date.parse(moment.at));
        const width = Math.max(2, x(Date.parse(moment.until)) - left);
        return <rect key={moment.at} x={left} y={kStripHeight - height} width={width} height={height} />;
      })}
      <path d={`M${x(time)} 0v${kStripHeight}`} />
    </svg>
  );
}
