import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { idempotencyKey } from "../../api/act";
import { answered, api, type Schemas } from "../../api/client";
import { healthQueries } from "../../api/health";
import { Ago } from "../../parts/ago";
import { Button } from "../../parts/button";
import parts from "../../parts/parts.module.css";
import { ResultTable } from "../../parts/result_table";
import { written } from "../../parts/units";
import styles from "./health.module.css";

const route = getRouteApi("/health/$");

// The tables of the database; which one is open stands in the address.
export function Tables({ name }: { name: string }) {
  const { schema, table } = route.useSearch();
  const [search, setSearch] = useState("");
  const tables = useQuery(healthQueries.tables(name, search));
  const navigate = useNavigate();
  const open = (one: Schemas["TableSummary"]) =>
    void navigate({
      to: "/health/$",
      params: { _splat: name },
      search: (before) => ({ ...before, schema: one.schema, table: one.name }),
      resetScroll: false,
    });
  return (
    <section className={parts.card} aria-labelledby="tables" aria-busy={tables.isPending}>
      <div className={styles.bar}>
        <h2 id="tables">Tables</h2>
        <input
          type="search"
          className={styles.field}
          placeholder="Find a table"
          aria-label="Find a table by its name"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      {tables.isError && <p role="status">{tables.error.message}</p>}
      {tables.data?.items.length === 0 && (
        <p className={parts.meta}>{search ? `No table has “${search}” in its name.` : "This database has no tables."}</p>
      )}
      {tables.data && tables.data.items.length > 0 && <TableList items={tables.data.items} open={open} />}
      {tables.data?.is_cut && <p className={parts.meta}>The 500 largest. Search to see others.</p>}
      {schema && table && <TableDetail key={`${schema}.${table}`} name={name} schema={schema} table={table} />}
    </section>
  );
}

function TableList({ items, open }: { items: Schemas["TableSummary"][]; open: (one: Schemas["TableSummary"]) => void }) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label="Tables of the database">
      <table>
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col">Kind</th>
            <th scope="col" className={styles.number}>
              Size
            </th>
            <th scope="col" className={styles.number}>
              Rows, about
            </th>
            <th scope="col" className={styles.number}>
              Dead
            </th>
            <th scope="col">Vacuumed</th>
            <th scope="col">Analysed</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={`${one.schema}.${one.name}`}>
              <td>
                <button type="button" className={styles.link} onClick={() => open(one)}>
                  {one.schema}.{one.name}
                </button>
              </td>
              <td>{one.kind}</td>
              <td className={styles.number}>{written(one.size_bytes, "bytes")}</td>
              <td className={styles.number}>{written(one.rows, "count")}</td>
              <td className={styles.number}>{written(one.dead_rows, "count")}</td>
              <td>{one.vacuumed ? <Ago at={one.vacuumed} /> : one.kind === "view" ? "–" : "never"}</td>
              <td>{one.analyzed ? <Ago at={one.analyzed} /> : one.kind === "view" ? "–" : "never"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TableDetail({ name, schema, table }: { name: string; schema: string; table: string }) {
  const detail = useQuery(healthQueries.table(name, schema, table));
  const preview = useMutation({
    mutationFn: (sql: string) =>
      answered(
        api.POST("/api/v1/sql", {
          params: { header: { "Idempotency-Key": idempotencyKey() } },
          body: { sql, server: name },
        }),
      ),
  });
  const data = detail.data;
  return (
    <section className={parts.card} aria-label={`${schema}.${table}`}>
      <h3>
        {schema}.{table}
      </h3>
      {detail.isError && <p role="status">{detail.error.message}</p>}
      {data && (
        <>
          <ResultTable
            label={`Columns of ${table}`}
            columns={["column", "type", "null", "default"]}
            rows={data.columns.map((one) => [one.name, one.type, one.not_null ? "no" : "yes", one.default_value])}
          />
          {data.indexes.length > 0 && (
            <ResultTable
              label={`Indexes of ${table}`}
              columns={["index", "definition", "size", "scans"]}
              rows={data.indexes.map((one) => [
                one.is_valid ? one.name : `${one.name} (invalid)`,
                one.definition,
                written(one.size_bytes, "bytes"),
                written(one.scans, "count"),
              ])}
            />
          )}
          <div className={styles.bar}>
            <Button onClick={() => preview.mutate(data.preview_sql)} disabled={preview.isPending}>
              {preview.isPending ? "Reading…" : "Show the first 50 rows"}
            </Button>
            <Link to="/sql" search={{ sql: data.preview_sql }}>
              Open in the SQL console
            </Link>
          </div>
          {preview.isError && <p role="alert">{preview.error.message}</p>}
          {preview.data && (
            <ResultTable label={`First rows of ${table}`} columns={preview.data.columns} rows={preview.data.rows} />
          )}
        </>
      )}
    </section>
  );
}
