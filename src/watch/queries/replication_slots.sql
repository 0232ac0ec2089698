-- Replication slots that nobody reads, and the WAL that the server keeps for them.
-- needs: nothing
-- since: 13
-- rows: 100
-- A slot that a standby keeps in step with its primary's (17) is never read there. A slot that never reserved WAL keeps
-- none. safe_wal_size is what may still be written before the slot is lost; unknown without max_slot_wal_keep_size.
SELECT clock_timestamp() AS at, s.slot_name AS slot, s.slot_type, s.database, s.wal_status, s.safe_wal_size,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                       s.restart_lsn)::bigint AS retained,
       pg_size_bytes(current_setting('max_slot_wal_keep_size')) AS keep_size
FROM pg_replication_slots s
WHERE NOT s.active AND NOT s.temporary AND (s.restart_lsn IS NOT NULL OR s.wal_status = 'lost')
  AND coalesce(to_jsonb(s) ->> 'synced', 'false') = 'false'
ORDER BY s.restart_lsn NULLS FIRST
LIMIT 100;
