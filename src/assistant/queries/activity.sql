-- How many sessions are in which state, how long their longest transaction is, how many wait for a lock.
-- needs: nothing; without pg_read_all_stats the states of others' sessions are not told
-- since: 13
-- rows: 20
SELECT CASE WHEN state IS NULL THEN 'not told' ELSE state END AS state, count(*) AS sessions,
       count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting_for_a_lock,
       round(extract(epoch FROM max(clock_timestamp() - xact_start))::numeric, 1) AS longest_transaction_s
FROM pg_stat_activity
WHERE datid IS NOT NULL AND pid <> pg_backend_pid()
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20;
