-- Tables of this database whose statistics no longer fit, or whose dead rows nobody takes away because autovacuum is off
-- for them. $1: rows, live now or at the last ANALYZE, from which on a table counts; $2: changed rows since ANALYZE and
-- $3: dead rows, in percent of the live ones.
-- needs: pg_monitor
-- since: 13
-- rows: 100
-- A table that was never analysed nor vacuumed since this cluster was made, and of which the statistics know nothing (it
-- came by pg_upgrade), is told by its size. Autovacuum never analyses a partitioned table itself; it is not told.
WITH tables AS (
  SELECT c.oid, c.relname, c.relnamespace, c.relpages, c.reltuples, c.reloptions,
         pg_stat_get_live_tuples(c.oid) AS live, pg_stat_get_dead_tuples(c.oid) AS dead,
         pg_stat_get_mod_since_analyze(c.oid) AS changed
  FROM pg_class c
  WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND NOT pg_is_in_recovery()
    AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)),
judged AS (
  SELECT t.*,
         greatest(t.live, t.reltuples) >= $1::bigint AND t.changed * 100.0 >= $2::numeric * t.live
         OR t.live = 0 AND t.changed = 0 AND t.relpages = 0 AND t.reltuples <= 0
            AND pg_relation_size(t.oid) >= 100 * $1::bigint AS is_stale,
         t.dead >= $1::bigint AND t.dead * 100.0 >= $3::numeric * t.live AND t.reloptions IS NOT NULL
         AND EXISTS (SELECT FROM pg_options_to_table(t.reloptions) o
                     WHERE CASE WHEN o.option_name = 'autovacuum_enabled' THEN NOT o.option_value::boolean END)
         AS is_unvacuumed
  FROM tables t)
SELECT clock_timestamp() AS at, n.nspname AS schema, j.relname AS table_name, j.oid, j.live, j.dead, j.changed,
       j.is_stale, j.is_unvacuumed,
       greatest(pg_stat_get_last_analyze_time(j.oid), pg_stat_get_last_autoanalyze_time(j.oid)) AS last_analyze
FROM judged j JOIN pg_namespace n ON n.oid = j.relnamespace
WHERE j.is_stale OR j.is_unvacuumed
ORDER BY greatest(j.changed, j.dead) DESC
LIMIT 100;
