import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { checks as askChecks, healthQueries } from "../../api/health";
import { Ago } from "../../parts/ago";
import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import { written, type Unit } from "../../parts/units";
import styles from "./health.module.css";
import { rank, StateGlyph, stateWord } from "./state";

type Check = Schemas["HealthCheck"];

export function Checks({ name }: { name: string }) {
  const client = useQueryClient();
  const checks = useQuery(healthQueries.checks(name));
  const run = useMutation({
    mutationFn: () => askChecks(name, true),
    onSuccess: (data) => client.setQueryData(healthQueries.checks(name).queryKey, data),
  });
  const items = [...(checks.data?.items ?? [])].sort((a, b) => rank(a.state) - rank(b.state) || a.name.localeCompare(b.name));
  return (
    <section className={parts.card} aria-labelledby="checks" aria-busy={checks.isPending || run.isPending}>
      <div className={styles.bar}>
        <h2 id="checks">Checks{items.length > 0 && ` (${items.length})`}</h2>
        <Button onClick={() => run.mutate()} disabled={run.isPending}>
          {run.isPending ? "Running…" : "Run all now"}
        </Button>
      </div>
      {(checks.isError || run.isError) && <p role="alert">{(run.error ?? checks.error)?.message}</p>}
      {checks.data && items.length === 0 && <p className={parts.meta}>The first round comes within seconds.</p>}
      <ul className={styles.checks}>
        {items.map((check) => (
          <li key={check.name}>
            <OneCheck check={check} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function value(check: Check, number: number | null | undefined): string {
  if (number == null) return "–";
  if (check.unit === "times") return `${number.toFixed(1)} ×`;
  return written(number, check.unit as Unit);
}

function summary(check: Check): string {
  if (check.state === "unknown") return check.why;
  const worst = check.findings[0];
  if (!worst) return check.is_information ? "none" : "nothing found";
  const more = check.findings.length > 1 ? ` and ${check.findings.length - 1} more` : "";
  return `${worst.object ? `${worst.object}, ` : ""}${value(check, worst.value)}${more}`;
}

function OneCheck({ check }: { check: Check }) {
  return (
    <details className={styles.check}>
      <summary>
        <StateGlyph state={check.state} />
        <span>
          <strong>{check.title}</strong>
          {check.is_information && <span className={parts.meta}> for information</span>}
          <span className={parts.meta}> {summary(check)}</span>
        </span>
        <span className={parts.meta}>
          {stateWord(check.state)}
          {check.since && (
            <>
              {" "}
              since <Ago at={check.since} />
            </>
          )}
        </span>
      </summary>
      <div className={styles.check_body}>
        <p>{check.meaning}</p>
        {check.findings.length > 0 && (
          <ul className={parts.list}>
            {check.findings.map((finding) => (
              <li key={finding.object}>
                <StateGlyph state={finding.state} />
                {finding.object} <strong>{value(check, finding.value)}</strong>
                <span className={parts.meta}> {finding.detail}</span>
              </li>
            ))}
          </ul>
        )}
        {check.grant && (
          <p>
            To know it, an administrator runs <code>{check.grant}</code>
          </p>
        )}
        <dl className={styles.terms}>
          {!check.is_information && (
            <>
              <dt>Thresholds</dt>
              <dd>
                warning {check.low_is_bad ? "at most" : "from"} {value(check, check.warn)}
                {check.critical != null && `, critical ${check.low_is_bad ? "at most" : "from"} ${value(check, check.critical)}`}
              </dd>
            </>
          )}
          <dt>Source</dt>
          <dd>{check.rule}</dd>
          <dt>What to do</dt>
          <dd>{check.advice}</dd>
          <dt>Last run</dt>
          <dd>{check.at ? <Ago at={check.at} /> : "not yet"}, {written(check.took_ms, "milliseconds")}</dd>
        </dl>
        {check.sql && (
          <>
            <pre className={styles.code} tabIndex={0} aria-label={`SQL of ${check.title}`}>
              {check.sql}
            </pre>
            <p>
              <Link to="/sql" search={{ sql: check.sql }}>
                Open in the SQL console
              </Link>
            </p>
          </>
        )}
      </div>
    </details>
  );
}
