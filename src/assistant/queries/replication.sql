-- Which replicas are connected, and how far they lag.
-- needs: pg_read_all_stats for the lags
-- since: 13
-- rows: 20
SELECT application_name AS application, state, sync_state, pg_wal_lsn_diff(sent_lsn, replay_lsn) AS lag_bytes,
       round(extract(epoch FROM replay_lag)::numeric, 1) AS lag_s
FROM pg_stat_replication ORDER BY 4 DESC NULLS LAST, 1 LIMIT 20;
