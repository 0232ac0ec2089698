import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { Ago } from "../../parts/ago";
import parts from "../../parts/parts.module.css";
import { ProblemCard } from "../../parts/problem";
import { useTitle } from "../../parts/title";
import { SeverityBadge, stateWords } from "../../parts/words";
import styles from "./employees.module.css";
import { AddEmployee } from "./form";
import { Troubles } from "./troubles";

// A whole story on one page: an application, the trouble it gets into, and what becomes of it.
export function EmployeesPage() {
  useTitle("Employees");
  const { data: sample, error, refetch } = useQuery(queries.sample());
  if (error && !sample) return <ProblemCard error={error} again={() => void refetch()} />;
  if (!sample) return <p aria-busy="true" />;
  if (!sample.is_on) return <Off setup={sample.setup} />;
  return <On sample={sample} />;
}

function On({ sample }: { sample: Schemas["SampleApplication"] }) {
  const incidents = useQuery(queries.incidents({}));
  const session = useQuery(queries.session());
  const its = (incidents.data?.items ?? []).filter((incident) => concerns(incident, sample));
  const mayOperate = session.data?.permissions.includes("operate") ?? false;
  return (
    <>
      <h1>Employees</h1>
      <p className={parts.meta}>
        A small application on the database <strong>{sample.database}</strong>. Selfheal watches it like any other: it learns of
        what goes wrong from the server alone.
      </p>
      {session.data && !mayOperate && (
        <p className={parts.meta} role="note">
          Your role, {session.data.role}, shows this page but may not add or cause anything. A developer or an administrator may.
        </p>
      )}
      <div className={styles.columns}>
        <div className={styles.column}>
          <Troubles sample={sample} incidents={its} mayOperate={mayOperate} />
        </div>
        <div className={styles.column}>
          <section className={parts.card} aria-labelledby="its-incidents" aria-busy={incidents.isPending}>
            <h2 id="its-incidents">Incidents of this application</h2>
            {incidents.isError && <ProblemCard error={incidents.error} again={() => void incidents.refetch()} />}
            {incidents.data && its.length === 0 && <p className={parts.meta}>None so far. Cause one: it appears here within seconds.</p>}
            <Incidents incidents={its.slice(0, 6)} />
          </section>
          <AddEmployee sample={sample} incidents={its} mayOperate={mayOperate} />
          <Employees />
        </div>
      </div>
    </>
  );
}

// An incident names sessions and tables: those of the application are its own.
function concerns(incident: Schemas["Incident"], sample: Schemas["SampleApplication"]): boolean {
  if (incident.database !== sample.database) return false;
  const told = `${incident.title}\n${incident.message}\n${incident.statement}`;
  if (told.includes(`${sample.schema}.`) || told.includes(`(${sample.application})`)) return true;
  return sample.locks.some((lock) => new RegExp(`\\b(${lock.holder_pid}|${lock.waiter_pid || lock.holder_pid})\\b`).test(told));
}

// In half a page's width.
function Incidents({ incidents }: { incidents: Schemas["Incident"][] }) {
  return (
    <ul className={parts.list}>
      {incidents.map((incident) => (
        <li key={incident.id} className={styles.incident}>
          <SeverityBadge severity={incident.severity} />
          <div>
            <Link to="/incidents/$id" params={{ id: incident.id }}>
              {incident.title}
            </Link>
            <p className={parts.meta}>
              <strong>{stateWords(incident.state)}</strong> · {incident.id} · <code>{incident.sqlstate || incident.category}</code> ·{" "}
              {incident.events} {incident.events === 1 ? "event" : "events"} · last <Ago at={incident.last_seen} />
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Employees() {
  const { data, error, isPending, refetch } = useQuery(queries.employees());
  return (
    <section className={parts.card} aria-labelledby="employees-list" aria-busy={isPending}>
      <h2 id="employees-list">Employees</h2>
      {error && <ProblemCard error={error} again={() => void refetch()} />}
      {data?.items.length === 0 && <p className={parts.meta}>Nobody yet.</p>}
      {data && data.items.length > 0 && (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label="Employees, newest first">
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">E-mail</th>
                <th scope="col">Department</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((employee) => (
                <tr key={employee.id}>
                  <th scope="row">{employee.name}</th>
                  <td>{employee.email}</td>
                  <td>{employee.department}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Off({ setup }: { setup: string }) {
  return (
    <>
      <h1>Employees</h1>
      <section className={parts.card} aria-labelledby="sample-off">
        <h2 id="sample-off">The sample application is off</h2>
        <p>
          It is a small application that gets into trouble when you tell it to, so that you can watch Selfheal at work. The quickest way
          is <code>selfheal demo --hands-on</code>, which brings a PostgreSQL of its own. To have it on a database that you watch:
        </p>
        <ol className={styles.steps}>
          <li>
            As an administrator of that database: <code>CREATE ROLE employees_web LOGIN PASSWORD '…'</code>
          </li>
          <li>
            As the role that is to own the tables, and that Selfheal's acting role is a member of, run this:
            <details>
              <summary>The set-up in SQL</summary>
              <pre className={styles.sql} tabIndex={0} aria-label="The set-up in SQL">
                {setup}
              </pre>
            </details>
          </li>
          <li>
            Start Selfheal with <code>SELFHEAL_SAMPLE_URL=postgresql://employees_web:…@host/database</code>, or with <code>url</code>{" "}
            under <code>[sample]</code> in <code>selfheal.toml</code>.
          </li>
        </ol>
        <p className={parts.meta}>Everything it does stays in the schema “staff”. Do not turn it on where that schema is yours.</p>
      </section>
    </>
  );
}
