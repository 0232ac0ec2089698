-- Indexes that no query used since statistics began, at least a week ago, and that enforce nothing. value: bytes.
-- needs: nothing
-- since: 13
-- rows: 50
-- A standby may use what its primary does not: each has statistics of its own.
SELECT format('%I.%I', s.schemaname, s.indexrelname) AS object, pg_relation_size(s.indexrelid)::float8 AS value,
       format('on %I, not used since %s', s.relname, to_char(b.since, 'YYYY-MM-DD')) AS detail
FROM pg_stat_user_indexes s
     JOIN pg_index i ON i.indexrelid = s.indexrelid
     CROSS JOIN (SELECT coalesce(d.stats_reset, pg_postmaster_start_time()) AS since FROM pg_stat_database d
                 WHERE d.datname = current_database()) b
WHERE s.idx_scan = 0 AND NOT i.indisunique AND i.indisvalid AND b.since < clock_timestamp() - interval '7 days'
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = s.indexrelid)
  AND pg_relation_size(s.indexrelid) > 1048576
ORDER BY 2 DESC
LIMIT 50;
