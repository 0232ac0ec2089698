-- Standbys and other receivers of this server's log, and how far each is behind; on a standby, itself.
-- needs: pg_monitor
-- since: 13
-- rows: 100
-- scope: server
SELECT p.application_name AS name, host(p.client_addr) AS address, p.state, p.sync_state,
       CASE WHEN p.replay_lsn IS NULL THEN NULL ELSE coalesce(extract(epoch FROM p.replay_lag), 0) END::float8 AS lag_s,
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), p.replay_lsn) END::float8 AS lag_bytes
FROM pg_stat_replication p
UNION ALL
SELECT 'this standby', NULL, 'replaying', NULL,
       CASE WHEN pg_last_wal_receive_lsn() IS NOT DISTINCT FROM pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8,
       pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8
WHERE pg_is_in_recovery()
ORDER BY 5 DESC NULLS FIRST
LIMIT 100;
