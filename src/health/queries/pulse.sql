-- How busy the server is: counters of all databases since they were last reset, what active sessions wait for, and how
-- far replication is behind.
-- needs: pg_monitor
-- since: 13
-- rows: 1
-- scope: server
-- replay_lag is NULL for a standby that has nothing left to replay. On a standby the lag is the age of what was replayed
-- last, unless all that was received is replayed.
SELECT current_user AS role, pg_is_in_recovery() AS in_recovery,
       extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 AS up_s,
       d.*, a.*, r.*,
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 END AS wal_written
FROM (SELECT sum(xact_commit)::float8 AS committed, sum(xact_rollback)::float8 AS rolled_back,
             sum(blks_hit)::float8 AS blocks_hit, sum(blks_read)::float8 AS blocks_read,
             sum(tup_inserted + tup_updated + tup_deleted)::float8 AS rows_written,
             sum(tup_returned)::float8 AS rows_read, sum(temp_bytes)::float8 AS temp_bytes,
             sum(deadlocks)::float8 AS deadlocks
      FROM pg_stat_database) d
     CROSS JOIN
     (SELECT CASE WHEN s.sees THEN count(w.pid) FILTER (WHERE w.wait_event_type IS NULL) END AS on_cpu,
             CASE WHEN s.sees THEN count(w.pid) FILTER (WHERE w.wait_event_type = 'Lock') END AS on_lock,
             CASE WHEN s.sees THEN count(w.pid) FILTER (WHERE w.wait_event_type = 'LWLock') END AS on_lwlock,
             CASE WHEN s.sees THEN count(w.pid) FILTER (WHERE w.wait_event_type = 'IO') END AS on_io,
             CASE WHEN s.sees THEN count(w.pid) FILTER (WHERE w.wait_event_type = 'Client') END AS on_client,
             CASE WHEN s.sees
                  THEN count(w.pid) FILTER (WHERE w.wait_event_type NOT IN ('Lock', 'LWLock', 'IO', 'Client')) END AS on_other
      FROM (SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS sees) s
           LEFT JOIN pg_stat_get_activity(NULL) w ON w.state = 'active' AND w.backend_type = 'client backend'
                                                 AND w.pid <> pg_backend_pid()
      GROUP BY s.sees) a
     CROSS JOIN
     (SELECT count(*) AS standbys,
             CASE WHEN pg_is_in_recovery()
                  THEN CASE WHEN pg_last_wal_receive_lsn() IS NOT DISTINCT FROM pg_last_wal_replay_lsn() THEN 0
                            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
                  WHEN count(p.sent_lsn) > 0 THEN coalesce(max(extract(epoch FROM p.replay_lag)), 0) END::float8
               AS replication_lag_s,
             CASE WHEN NOT pg_is_in_recovery()
                  THEN max(pg_wal_lsn_diff(pg_current_wal_lsn(), p.replay_lsn)) END::float8 AS replication_lag_bytes
      FROM pg_stat_replication p) r;
