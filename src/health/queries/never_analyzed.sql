-- Tables of which the planner knows nothing: never analysed, and not empty. value: bytes.
-- needs: nothing
-- since: 13
-- rows: 50
-- pg_stats shows what the role may read: of other tables only one that was never counted is told.
SELECT format('%I.%I', n.nspname, c.relname) AS object, pg_relation_size(c.oid)::float8 AS value,
       'never analysed' AS detail
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_toast%'
  AND pg_stat_get_last_analyze_time(c.oid) IS NULL AND pg_stat_get_last_autoanalyze_time(c.oid) IS NULL
  AND pg_relation_size(c.oid) >= 1048576 AND c.relnatts > 0
  AND (c.reltuples < 0
       OR has_table_privilege(c.oid, 'SELECT')
          AND NOT EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname))
ORDER BY 2 DESC
LIMIT 50;
