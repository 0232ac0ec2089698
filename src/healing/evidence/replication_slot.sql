-- One replication slot: whether anybody reads it, how much WAL is kept for it, what else keeps WAL, and who may drop it.
-- needs: pg_monitor
-- since: 13
-- rows: 10
-- confirmed_flush_lsn: how far the consumer of a logical slot has confirmed. wal_keep_bytes, archiver_fails: other reasons
-- why WAL is kept. may_act: whether the role that acts here may drop a slot (REPLICATION); unknown when nobody acts.
SELECT s.slot_name AS slot, s.slot_type, s.plugin, s.database, s.active AS is_active, s.active_pid, s.wal_status,
       s.restart_lsn, s.confirmed_flush_lsn, s.safe_wal_size AS safe_wal_bytes,
       coalesce(to_jsonb(s) ->> 'synced', 'false') = 'true' AS is_synced,
       (to_jsonb(s) ->> 'inactive_since')::timestamptz AS inactive_since,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                       s.restart_lsn)::bigint AS retained_bytes,
       s.restart_lsn IS NOT DISTINCT FROM (SELECT min(o.restart_lsn) FROM pg_replication_slots o) AS is_oldest,
       pg_size_bytes(current_setting('max_slot_wal_keep_size')) AS keep_limit_bytes,
       pg_size_bytes(current_setting('wal_keep_size')) AS wal_keep_bytes,
       (SELECT sum(w.size)::bigint FROM pg_ls_waldir() w) AS wal_size_bytes,
       (SELECT a.last_failed_time > coalesce(a.last_archived_time, '-infinity') FROM pg_stat_archiver a) AS archiver_fails,
       (SELECT bool_or(r.rolsuper OR r.rolreplication)
        FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
        WHERE a.application_name = 'selfheal act' OR a.application_name LIKE 'selfheal heal:%') AS may_act
FROM pg_replication_slots s
WHERE s.slot_name = :'slot';
