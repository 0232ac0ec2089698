import { useQuery } from "@tanstack/react-query";
import { healthQueries } from "../../api/health";
import parts from "../../parts/parts.module.css";
import { written } from "../../parts/units";
import styles from "./health.module.css";

export function SlowStatements({ name }: { name: string }) {
  const statements = useQuery(healthQueries.statements(name));
  const data = statements.data;
  return (
    <section className={parts.card} aria-labelledby="statements" aria-busy={statements.isPending}>
      <h2 id="statements">Slow statements</h2>
      <p className={parts.meta}>Since pg_stat_statements was last reset, those that took most time first. Values are left out.</p>
      {statements.isError && <p role="status">{statements.error.message}</p>}
      {data?.why && (
        <p>
          {data.why}.{" "}
          {data.remedy && (
            <>
              An administrator runs <code>{data.remedy}</code>
            </>
          )}
        </p>
      )}
      {data && data.items.length > 0 && (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Slow statements">
          <table>
            <thead>
              <tr>
                <th scope="col">Statement</th>
                <th scope="col">Database</th>
                <th scope="col" className={styles.number}>
                  Calls
                </th>
                <th scope="col" className={styles.number}>
                  Mean
                </th>
                <th scope="col" className={styles.number}>
                  Longest
                </th>
                <th scope="col" className={styles.number}>
                  Total
                </th>
                <th scope="col" className={styles.number}>
                  Cache
                </th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((one, at) => (
                <tr key={at}>
                  <td className={styles.statement}>{one.query || "hidden for this role"}</td>
                  <td>{one.database}</td>
                  <td className={styles.number}>{written(one.calls, "count")}</td>
                  <td className={styles.number}>{written(one.mean_ms, "milliseconds")}</td>
                  <td className={styles.number}>{written(one.most_ms, "milliseconds")}</td>
                  <td className={styles.number}>{written(one.total_ms, "milliseconds")}</td>
                  <td className={styles.number}>{written(one.hit_percent, "percent")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
