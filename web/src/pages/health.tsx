import { useQuery } from "@tanstack/react-query";
import { queries } from "../api/queries";
import parts from "../parts/parts.module.css";
import { ProblemCard } from "../parts/problem";
import { useTitle } from "../parts/title";

export function HealthPage() {
  useTitle("Health");
  const ready = useQuery({ ...queries.readiness(), refetchInterval: 10_000 });
  const databases = useQuery(queries.databases());
  return (
    <>
      <h1>Health</h1>
      {ready.isError && <ProblemCard error={ready.error} again={() => void ready.refetch()} />}
      <section className={parts.card} aria-labelledby="self">
        <h2 id="self">Selfheal itself</h2>
        {ready.data && (
          <ul className={parts.list}>
            <li>{ready.data.store ? "✓ store reachable" : "✗ store not reachable"}</li>
            <li>
              store {megabytes(ready.data.store_size_bytes)} of at most {megabytes(ready.data.store_size_cap_bytes)}
            </li>
            {ready.data.problems.map((problem) => (
              <li key={problem}>▲ {problem}</li>
            ))}
          </ul>
        )}
      </section>
      <section className={parts.card} aria-labelledby="watched">
        <h2 id="watched">Watched</h2>
        <ul className={parts.list}>
          {databases.data?.items.map((server) => (
            <li key={server.name} className={parts.row}>
              <span aria-hidden="true">{server.state === "up" ? "✓" : "▲"}</span>
              <div className={parts.grow}>
                <strong>{server.name}</strong> PostgreSQL {server.version}
                <p className={parts.meta}>{[server.state_why, server.log_why && `log: ${server.log_why}`].filter(Boolean).join(" · ")}</p>
              </div>
              <span className={parts.state}>{server.state}</span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}
