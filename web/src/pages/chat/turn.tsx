import { Link } from "@tanstack/react-router";
import { lazy, memo, Suspense } from "react";
import parts from "../../parts/parts.module.css";
import { ResultTable } from "../../parts/result_table";
import styles from "./chat.module.css";
import type { ToolUse, Turn } from "./conversation";

const Markdown = lazy(() => import("../../parts/markdown"));

export const TurnView = memo(function TurnView({ turn }: { turn: Turn }) {
  const failure = turn.failure;
  return (
    <article className={turn.role === "user" ? styles.question_turn : styles.answer_turn}>
      <h2 className={styles.who}>{turn.role === "user" ? "You" : "Selfheal"}</h2>
      {(turn.answeredBy || turn.notice) && (
        <p className={parts.meta}>
          {turn.answeredBy && `${answeredBy(turn.answeredBy)} · reads only`} {turn.notice && `· ${turn.notice}`}
        </p>
      )}
      {turn.tools.map((tool) => (
        <ToolLine key={tool.id} tool={tool} />
      ))}
      {turn.role === "user" ? <p className={styles.typed}>{turn.pieces[0]?.text}</p> : <Pieces turn={turn} />}
      {turn.state === "stopped" && <p className={parts.meta}>Stopped. What was asked of the database has ended, too.</p>}
      {failure && (
        <p role="alert" className={styles.failure}>
          {failure.title}
          {failure.detail && `: ${failure.detail}`}
          {failure.retry_after !== undefined && ` Try again in ${failure.retry_after} s.`}
        </p>
      )}
      {turn.usage && turn.usage.prompt_tokens + turn.usage.completion_tokens > 0 && (
        <p className={parts.meta}>
          {turn.usage.prompt_tokens + turn.usage.completion_tokens} tokens
          {turn.usage.cost > 0 && `, ${turn.usage.cost.toFixed(4)}`}
        </p>
      )}
    </article>
  );
});

function answeredBy(who: string): string {
  return who === "model" ? "In a model's words" : "Answered by rules";
}

// What is still being written is shown as plain text: half a table or a link that is not closed would flicker.
function Pieces({ turn }: { turn: Turn }) {
  return (
    <div>
      {turn.pieces.map((piece, at) => {
        const finished = turn.state !== "streaming" || at < turn.pieces.length - 1;
        const plain = <span className={styles.typed}>{piece.text}</span>;
        return (
          <div key={at} className={piece.proven ? undefined : styles.unproven}>
            {finished ? (
              <Suspense fallback={plain}>
                <Markdown text={piece.text} />
              </Suspense>
            ) : (
              plain
            )}
            {!piece.proven && <span className="visually-hidden"> (unproven)</span>}
          </div>
        );
      })}
    </div>
  );
}

function ToolLine({ tool }: { tool: ToolUse }) {
  const result = tool.result;
  const table = asTable(result?.value);
  return (
    <details className={styles.tool}>
      <summary>
        [{tool.id}] {tool.title || tool.name}{" "}
        {result ? `· ${Math.round(result.ms)} ms · ${result.rows} ${result.rows === 1 ? "row" : "rows"}` : "· running…"}
        {result?.truncated && " · there is more"}
        {result?.problem && ` · ${result.problem}`}
      </summary>
      {tool.sql && (
        <>
          <pre className={styles.sql}>{tool.sql}</pre>
          <Link to="/sql" search={{ sql: tool.sql }}>
            Open in SQL
          </Link>
        </>
      )}
      {table && <ResultTable columns={table.columns} rows={table.rows} label={`Rows of ${tool.id}`} />}
      {!table && result && <pre className={styles.sql}>{JSON.stringify(result.value, null, 2)}</pre>}
    </details>
  );
}

function asTable(value: unknown): { columns: string[]; rows: (string | null)[][] } | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { columns, rows } = value as { columns?: unknown; rows?: unknown };
  if (!Array.isArray(columns) || !Array.isArray(rows)) return undefined;
  return { columns: columns.map(String), rows: rows as (string | null)[][] };
}
