-- The statements that took most time since pg_stat_statements was last reset.
-- needs: pg_read_all_stats (pg_monitor)
-- since: 13
-- rows: 50
-- scope: server
-- The extension may stand in any schema, which a statement cannot name before it is known: hence the detour by XML.
-- Statements of others have no text for a role without the right. One row without columns of a statement says where the
-- extension is missing.
WITH extension AS (
  SELECT quote_ident(n.nspname) AS schema FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
  WHERE e.extname = 'pg_stat_statements'),
state AS (
  SELECT (SELECT schema FROM extension) AS schema,
         'pg_stat_statements' = ANY (string_to_array(replace(current_setting('shared_preload_libraries', true), ' ', ''), ','))
           AS is_loaded,
         pg_has_role('pg_read_all_stats', 'USAGE') AS sees),
answer AS (
  SELECT x.*
  FROM state s
       CROSS JOIN LATERAL xmltable('/table/row' PASSING query_to_xml(format(
         'SELECT d.datname AS database, left(s.query, 2000) AS query, s.queryid::text AS id, s.calls,
                 s.total_exec_time AS total_ms, s.mean_exec_time AS mean_ms, s.max_exec_time AS most_ms, s.rows,
                 s.shared_blks_hit AS hit, s.shared_blks_read AS read
          FROM %s.pg_stat_statements s LEFT JOIN pg_database d ON d.oid = s.dbid
          WHERE s.query NOT LIKE ''%%selfheal_census%%'' AND s.query NOT LIKE ''%%selfheal_waits%%''
          ORDER BY s.total_exec_time DESC LIMIT 50', s.schema), true, false, '')
         COLUMNS database text, query text, id text, calls float8, total_ms float8, mean_ms float8, most_ms float8,
                 rows float8, hit float8, read float8) x
  WHERE s.schema IS NOT NULL AND s.is_loaded)
SELECT s.schema IS NOT NULL AS is_created, coalesce(s.is_loaded, false) AS is_loaded, s.sees, a.*
FROM state s LEFT JOIN answer a ON true
ORDER BY a.total_ms DESC NULLS LAST
LIMIT 50;
