// A chart over time, with its table. What draws it is loaded when the first chart is seen.
import { lazy, Suspense, useState } from "react";
import styles from "./chart.module.css";
import { written, type Unit } from "./units";

export interface ChartSeries {
  name: string;
  values: (number | null)[]; // one a time; null: not known, a gap
}

export interface ChartMark {
  at: number; // seconds since 1970
  label: string;
}

export interface ChartProps {
  title: string;
  unit: Unit;
  times: number[]; // seconds since 1970, ascending
  series: ChartSeries[]; // at most six
  marks?: ChartMark[]; // moments worth a line, such as a fix
  sync?: string; // charts with the same word share their cursor
  empty?: string; // what to say while there are no points
  from?: number; // the range to show when it is wider than the points
  to?: number;
}

const Plot = lazy(() => import("./plot"));

// Series are told apart by these dashes as well as by colour.
export const kDashes: number[][] = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2], [1, 4]];
export const kInks = [styles.ink_1, styles.ink_2, styles.ink_3, styles.ink_4, styles.ink_5, styles.ink_6] as string[];

export function Chart(props: ChartProps) {
  const { title, unit, times, series, empty = "No data for this range yet." } = props;
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const at = pointed !== null && pointed < times.length ? pointed : times.length - 1;
  const isEmpty = times.length === 0;
  return (
    <figure className={styles.figure}>
      <div className={styles.head}>
        <h3>{title}</h3>
        <button type="button" className={styles.toggle} aria-pressed={asTable} aria-label={`Table of ${title}`} onClick={() => setAsTable(!asTable)}>
          Table
        </button>
      </div>
      {isEmpty && <p className={`${styles.waiting} ${styles.empty}`}>{empty}</p>}
      {!isEmpty && asTable && <TableOf {...props} />}
      {!isEmpty && !asTable && (
        <div role="img" aria-label={summary(props)}>
          <Suspense fallback={<div className={styles.waiting} aria-hidden="true" />}>
            <Plot {...props} point={setPointed} />
          </Suspense>
        </div>
      )}
      <figcaption>
        <ul className={styles.legend} aria-label={`${title}, ${pointed === null ? "latest values" : clock(times[at])}`}>
          {series.map((one, number) => (
            <li key={one.name}>
              <Key number={number} />
              {one.name} <b>{written(one.values[at], unit)}</b>
            </li>
          ))}
          {pointed !== null && !isEmpty && <li>{clock(times[at])}</li>}
        </ul>
      </figcaption>
    </figure>
  );
}

function Key({ number }: { number: number }) {
  return (
    <svg className={`${styles.key} ${kInks[number % kInks.length]}`} viewBox="0 0 22 8" aria-hidden="true">
      <path d="M0 4h22" stroke="currentColor" strokeWidth="2.5" strokeDasharray={kDashes[number % kDashes.length]!.join(" ")} />
    </svg>
  );
}

function TableOf({ title, unit, times, series }: ChartProps) {
  return (
    <div className={styles.table} tabIndex={0} role="region" aria-label={`Table of ${title}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map((one) => (
              <th key={one.name} scope="col">
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times
            .map((time, at) => (
              <tr key={time}>
                <td>{clock(time)}</td>
                {series.map((one) => (
                  <td key={one.name}>{written(one.values[at], unit)}</td>
                ))}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}

export function clock(seconds: number | undefined): string {
  return seconds === undefined ? "" : new Date(seconds * 1000).toLocaleString();
}

// What a person who cannot see the chart is told: last, least and most of each line.
function summary({ title, unit, times, series }: ChartProps): string {
  const lines = series.map((one) => {
    const known = one.values.filter((value): value is number => value !== null);
    if (known.length === 0) return `${one.name}: not known`;
    const least = known.reduce((a, b) => Math.min(a, b));
    const most = known.reduce((a, b) => Math.max(a, b));
    return `${one.name}: last ${written(one.values.at(-1), unit)}, ${written(least, unit)} to ${written(most, unit)}`;
  });
  return `${title}, ${clock(times[0])} to ${clock(times.at(-1))}. ${lines.join("; ")}.`;
}
