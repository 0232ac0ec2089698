-- How far the statistics that the planner has of the named tables, their partitions included, lie behind the tables.
-- needs: pg_monitor
-- since: 13
-- rows: 200
-- relations: names as "schema"."table", or "table" when the schema is not known. Nobody counts the changes of a
-- partitioned table, and autovacuum never analyses one: what its partitions hold is compared with what its last ANALYZE
-- saw. last_analyze: by whomever. size_bytes: of the table alone.
WITH named AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND (format('"%s"', replace(c.relname, '"', '""')) = ANY (:'relations'::text[])
         OR format('"%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""')) = ANY (:'relations'::text[]))),
wanted AS (
  SELECT oid FROM named
  UNION
  SELECT l.relid::oid FROM named JOIN pg_class c ON c.oid = named.oid AND c.relkind = 'p'
         CROSS JOIN LATERAL pg_partition_tree(c.oid) l),
counted AS (
  SELECT c.oid, c.relname, c.relnamespace, c.relkind, c.relowner, c.reltuples,
         CASE c.relkind WHEN 'p' THEN leaves.live ELSE pg_stat_get_live_tuples(c.oid) END AS live,
         CASE WHEN c.relkind <> 'p' THEN pg_stat_get_mod_since_analyze(c.oid)
              ELSE abs(leaves.live - greatest(c.reltuples, 0)::bigint) END AS changed
  FROM wanted w JOIN pg_class c ON c.oid = w.oid
       LEFT JOIN LATERAL (SELECT sum(pg_stat_get_live_tuples(p.relid))::bigint AS live FROM pg_partition_tree(c.oid) p
                          WHERE c.relkind = 'p' AND p.isleaf) leaves ON true)
SELECT n.nspname AS schema, c.relname AS "table", c.oid AS table_oid, c.relkind AS table_kind,
       pg_get_userbyid(c.relowner) AS owner, c.reltuples::bigint AS planner_rows, c.live AS live_rows,
       c.changed AS changed_rows, pg_relation_size(c.oid) AS size_bytes,
       greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS last_analyze,
       -- Autovacuum analyses a table right after vacuuming it.
       (SELECT p.pid FROM pg_stat_progress_analyze p WHERE p.relid = c.oid
        UNION ALL
        SELECT p.pid FROM pg_stat_progress_vacuum p WHERE p.relid = c.oid LIMIT 1) AS analyzing_pid,
       (SELECT bool_or(pg_has_role(a.usesysid, c.relowner, 'MEMBER')) FROM pg_stat_activity a
        WHERE a.application_name = 'selfheal act' OR a.application_name LIKE 'selfheal heal:%') AS may_act
FROM counted c JOIN pg_namespace n ON n.oid = c.relnamespace
ORDER BY c.changed DESC NULLS LAST, n.nspname, c.relname
LIMIT 200;
