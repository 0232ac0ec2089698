import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { idempotencyKey } from "../../api/act";
import { answered, api, isProblem, type Problem, type Schemas } from "../../api/client";
import { queries } from "../../api/queries";
import { useNow } from "../../parts/ago";
import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import { HiddenPage, useMay } from "../../parts/role";
import { ResultTable } from "../../parts/result_table";
import { useTitle } from "../../parts/title";
import { download, toCsv } from "./export";
import styles from "./sql.module.css";
import { SqlEditor, type EditorHandle } from "./editor";

const route = getRouteApi("/sql");
const kDraft = "sql-draft";
const kFirst = "SELECT relname, n_live_tup, n_dead_tup\nFROM pg_stat_user_tables\nORDER BY n_dead_tup DESC\nLIMIT 20";

interface Ran {
  text: string;
  explained: boolean;
  result: Schemas["SqlResult"];
}

export function SqlPage() {
  useTitle("SQL");
  const may = useMay("operate");
  if (may === undefined) return <p aria-busy="true" />;
  if (!may) return <HiddenPage title="SQL" permission="operate" what="run SQL, which shows rows of the watched databases" />;
  return <Console />;
}

function Console() {
  const { sql } = route.useSearch();
  const [text, setText] = useState(() => sql ?? localStorage.getItem(kDraft) ?? kFirst);
  const [server, setServer] = useState<string>();
  const databases = useQuery(queries.databases());
  const editor = useRef<EditorHandle>(null);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => localStorage.setItem(kDraft, text), [text]);

  const run = useMutation({
    mutationFn: async ({ sql: asked, explain }: { sql: string; explain: boolean }): Promise<Ran> => {
      abort.current = new AbortController();
      const sent = explain ? `EXPLAIN ${asked}` : asked;
      const result = await answered(
        api.POST("/api/v1/sql", {
          params: { header: { "Idempotency-Key": idempotencyKey() } },
          body: { sql: sent, server: server ?? databases.data?.items[0]?.name },
          signal: abort.current.signal,
        }),
      );
      return { text: asked, explained: explain, result };
    },
  });
  const start = (explain: boolean) => {
    if (run.isPending) return;
    // Exactly what is visible, or what is selected.
    run.mutate({ sql: editor.current?.selected() || text, explain });
  };
  const cancel = () => abort.current?.abort();
  const problem = isProblem(run.error) ? (run.error.problem as SqlProblem) : undefined;

  return (
    <>
      <h1 className={styles.head}>
        SQL <span className={parts.meta}>read only · one statement · 5 s · 1,000 rows</span>
      </h1>
      <section className={parts.card} aria-label="Statement">
        <SqlEditor ref={editor} text={text} change={setText} run={start} cancel={cancel} mark={markOf(problem, run.variables, text)} />
        <div className={styles.bar}>
          <Button look="primary" onClick={() => start(false)} disabled={run.isPending}>
            Run <kbd>Ctrl Enter</kbd>
          </Button>
          <Button onClick={() => start(true)} disabled={run.isPending}>
            Explain
          </Button>
          {run.isPending && (
            <>
              <Running /> <Button onClick={cancel}>Cancel</Button>
            </>
          )}
          {(databases.data?.items.length ?? 0) > 1 && (
            <label>
              on{" "}
              <select value={server ?? databases.data?.items[0]?.name} onChange={(event) => setServer(event.target.value)}>
                {databases.data?.items.map((each) => (
                  <option key={each.name}>{each.name}</option>
                ))}
              </select>
            </label>
          )}
        </div>
      </section>
      <Outcome run={run} problem={problem} text={text} />
    </>
  );
}

type SqlProblem = Problem & { rule?: string; word?: string; position?: string; sqlstate?: string };

// Where the server says the trouble is, in the text as it stands now; nothing when the text was changed since.
function markOf(problem: SqlProblem | undefined, asked: { sql: string; explain: boolean } | undefined, text: string) {
  if (!problem?.position || !asked) return undefined;
  const from = text.indexOf(asked.sql);
  if (from < 0) return undefined;
  const at = from + Number(problem.position) - 1 - (asked.explain ? "EXPLAIN ".length : 0);
  return at >= from ? { from: at, length: Math.max(1, problem.word?.length ?? 1) } : undefined;
}

function Running() {
  const [began] = useState(Date.now);
  const now = useNow();
  return <span role="status">running {Math.max(0, Math.round((now - began) / 1000))} s…</span>;
}

interface OutcomeProps {
  run: { data?: Ran; error: Error | null; isError: boolean };
  problem?: SqlProblem;
  text: string;
}

function Outcome({ run, problem, text }: OutcomeProps) {
  const [form, setForm] = useState<"table" | "json">("table");
  if (run.isError)
    return (
      <section className={`${parts.card} ${parts.problem}`} role="alert">
        <h2>{problem?.title ?? (run.error?.name === "AbortError" ? "Cancelled" : "The server cannot be reached")}</h2>
        <p>{problem?.detail ?? (run.error?.name === "AbortError" ? "The statement has ended; the session is idle again." : "")}</p>
        {problem?.sqlstate && <p className={parts.meta}>SQLSTATE {problem.sqlstate}</p>}
      </section>
    );
  if (!run.data) return null;
  const { result, explained, text: ranText } = run.data;
  const outdated = !text.includes(ranText);
  const objects = () => result.rows.map((row) => Object.fromEntries(result.columns.map((column, at) => [column, row[at] ?? null])));
  return (
    <section className={parts.card} aria-label="Result" data-outdated={outdated}>
      <h2 className={styles.bar}>
        {explained ? "Plan" : "Result"}{" "}
        <span className={parts.meta}>
          {result.rows.length} {result.rows.length === 1 ? "row" : "rows"}
          {result.is_cut && " (there are more)"}, {Math.round(result.took_ms)} ms
          {outdated && " · result of an earlier text"} · text {result.sql_sha256.slice(0, 8)}
        </span>
        <Button aria-pressed={form === "json"} onClick={() => setForm(form === "json" ? "table" : "json")}>
          {form === "json" ? "Table" : "JSON"}
        </Button>
        <Button onClick={() => download("result.csv", "text/csv", toCsv(result.columns, result.rows))}>CSV</Button>
        <Button onClick={() => download("result.json", "application/json", JSON.stringify(objects(), null, 2))}>
          Save JSON
        </Button>
      </h2>
      {result.notice && <p className={parts.meta}>{result.notice}.</p>}
      {result.rows.length === 0 && <p className={parts.meta}>No rows.</p>}
      {result.rows.length > 0 && form === "table" && <ResultTable columns={result.columns} rows={result.rows} label="Result" />}
      {result.rows.length > 0 && form === "json" && <pre className={styles.json}>{JSON.stringify(objects(), null, 2)}</pre>}
    </section>
  );
}
