-- The columns of the tables that a statement names, and which of them changed after their table was made.
-- needs: pg_monitor
-- since: 13
-- rows: 1000
-- One row for each column, dropped ones included. `changed_at` is known with track_commit_timestamp only.
SELECT n.nspname AS schema, c.relname AS "table", c.relkind AS table_kind, a.attname AS "column",
       format_type(a.atttypid, NULL) AS column_type, a.attisdropped AS is_dropped,
       a.xmin <> first.xmin AS is_changed,
       age(a.xmin) AS changes_since,
       CASE WHEN a.xmin <> first.xmin AND current_setting('track_commit_timestamp')::boolean
            THEN pg_xact_commit_timestamp(a.xmin) END AS changed_at
FROM (SELECT DISTINCT parse_ident(named) AS parts FROM unnest(:'relations'::text[]) AS named LIMIT 50) wanted
     JOIN pg_class c ON c.relname = wanted.parts[cardinality(wanted.parts)] AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
     JOIN pg_namespace n ON n.oid = c.relnamespace
          AND (cardinality(wanted.parts) = 1 OR n.nspname = wanted.parts[cardinality(wanted.parts) - 1])
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     CROSS JOIN LATERAL (
       SELECT f.xmin FROM pg_attribute f WHERE f.attrelid = c.oid ORDER BY age(f.xmin) DESC LIMIT 1) first
ORDER BY n.nspname, c.relname, a.attnum
LIMIT 1000;
