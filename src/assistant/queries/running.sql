-- What runs now, the longest first.
-- needs: pg_read_all_stats for others' statements
-- since: 13
-- rows: 20
SELECT pid, usename AS user_name, application_name AS application, state, wait_event_type,
       round(extract(epoch FROM clock_timestamp() - query_start)::numeric, 1) AS running_s,
       round(extract(epoch FROM clock_timestamp() - xact_start)::numeric, 1) AS transaction_s, left(query, 500) AS query
FROM pg_stat_activity
WHERE state IS NOT NULL AND state <> 'idle' AND pid <> pg_backend_pid() AND backend_type = 'client backend'
ORDER BY 6 DESC NULLS LAST LIMIT 20;
