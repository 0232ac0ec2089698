-- Who waits for whom right now, one row for each edge; blocker_pid 0 is a prepared transaction.
-- needs: pg_monitor
-- since: 13
-- rows: 500
SELECT w.pid AS waiter_pid, w.backend_start AS waiter_start, w.application_name AS waiter_application,
       b.pid AS blocker_pid, a.backend_start AS blocker_start, a.xact_start AS blocker_xact_start,
       a.state AS blocker_state, l.locktype AS lock_type, l.mode AS lock_mode,
       CASE WHEN l.relation IS NOT NULL AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            THEN l.relation::regclass::text END AS relation
FROM pg_stat_activity w
     CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b(pid)
     LEFT JOIN pg_stat_activity a ON a.pid = b.pid
     LEFT JOIN LATERAL (SELECT locktype, mode, relation, database FROM pg_locks
                        WHERE pid = w.pid AND NOT granted LIMIT 1) l ON true
WHERE w.wait_event_type = 'Lock'
ORDER BY w.pid, b.pid;
