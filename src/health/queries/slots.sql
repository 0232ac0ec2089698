-- Replication slots, whether somebody reads them, and the log that the server keeps for each.
-- needs: nothing
-- since: 13
-- rows: 100
-- scope: server
SELECT s.slot_name AS name, s.slot_type AS type, s.active, s.wal_status,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                       s.restart_lsn)::float8 AS retained_bytes
FROM pg_replication_slots s
ORDER BY 5 DESC NULLS LAST
LIMIT 100;
