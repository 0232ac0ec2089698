-- Tables with more dead rows than autovacuum should let stand; value: dead rows, as a multiple of the number at which
-- autovacuum should come.
-- needs: nothing
-- since: 13
-- rows: 50
-- A table's own settings count before the server's.
WITH tables AS (
  SELECT c.oid, n.nspname, c.relname, greatest(c.reltuples, 0) AS rows, pg_stat_get_dead_tuples(c.oid) AS dead,
         pg_stat_get_live_tuples(c.oid) AS live,
         greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) AS vacuumed,
         coalesce((SELECT o.option_value::float8 FROM pg_options_to_table(c.reloptions) o
                   WHERE o.option_name = 'autovacuum_vacuum_threshold'),
                  current_setting('autovacuum_vacuum_threshold')::float8) AS least,
         coalesce((SELECT o.option_value::float8 FROM pg_options_to_table(c.reloptions) o
                   WHERE o.option_name = 'autovacuum_vacuum_scale_factor'),
                  current_setting('autovacuum_vacuum_scale_factor')::float8) AS share
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND pg_stat_get_dead_tuples(c.oid) > 1000)
SELECT format('%I.%I', t.nspname, t.relname) AS object, t.dead / greatest(t.least + t.share * t.rows, 1) AS value,
       format('%s dead rows beside %s live ones, last vacuumed %s', t.dead, t.live,
              coalesce(to_char(t.vacuumed, 'YYYY-MM-DD HH24:MI'), 'never')) AS detail,
       CASE WHEN t.dead + t.live > 0 THEN t.dead::float8 / (t.dead + t.live) END AS dead_ratio
FROM tables t
ORDER BY 2 DESC
LIMIT 50;
