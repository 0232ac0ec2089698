-- The tables, views and sequences of this database with size, rows and when they were last looked after. :'schema' and
-- :'search' narrow it; an empty text does not.
-- needs: nothing
-- since: 13
-- rows: 500
SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
       CASE WHEN c.relkind IN ('r', 'm', 't', 'S') THEN pg_total_relation_size(c.oid)::float8 END AS size,
       CASE WHEN c.relkind IN ('r', 'm') THEN greatest(c.reltuples, pg_stat_get_live_tuples(c.oid))::float8 END AS rows,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_stat_get_dead_tuples(c.oid)::float8 END AS dead,
       greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS vacuumed,
       greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'v', 'p', 'f') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%'
  AND (:'schema' = '' OR n.nspname = :'schema')
  AND (:'search' = '' OR strpos(lower(c.relname), lower(:'search')) > 0)
ORDER BY 4 DESC NULLS LAST, n.nspname, c.relname
LIMIT 500;
