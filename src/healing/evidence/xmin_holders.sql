-- Everything that can hold back vacuum in this database, oldest first, and how many dead rows wait there.
-- needs: pg_monitor
-- since: 13
-- rows: 100
-- A vacuum holds back nobody; a walsender without a transaction passes on what its standby holds. Sessions and prepared
-- transactions of other databases hold back only theirs. catalog_only: dead rows of catalogues alone.
WITH activity AS (
  SELECT a.* FROM pg_stat_get_activity(NULL) a
  WHERE a.pid <> pg_backend_pid() AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
    AND a.backend_type NOT IN ('autovacuum worker', 'parallel worker')
    AND a.pid NOT IN (SELECT v.pid FROM pg_stat_progress_vacuum v)),
holders AS (
  SELECT NULL::name AS slot, false AS catalog_only, greatest(age(a.backend_xmin), age(a.backend_xid)) AS xmin_age, a.pid,
         a.backend_start, a.xact_start, a.state_change, a.state, a.backend_type,
         CASE WHEN a.usesysid <> 0 THEN pg_get_userbyid(a.usesysid) END AS user_name, a.application_name AS application,
         (SELECT d.datname FROM pg_database d WHERE d.oid = a.datid) AS database, a.query,
         coalesce((SELECT r.rolsuper OR r.rolreplication FROM pg_roles r WHERE r.oid = a.usesysid), true) AS protected_role,
         EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory') AS has_advisory_lock
  FROM activity a
  UNION ALL
  SELECT s.slot_name, s.xmin IS NULL, greatest(age(s.xmin), age(s.catalog_xmin)), 0, NULL, NULL, NULL,
         CASE WHEN s.active THEN 'active' ELSE 'inactive' END, 'replication slot', NULL, NULL, NULL, NULL, true, false
  FROM pg_replication_slots s WHERE s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL
  UNION ALL
  SELECT NULL, false, age(p.transaction), 0, p.prepared, p.prepared, p.prepared, 'prepared', 'prepared transaction',
         p.owner, p.gid, p.database, NULL, true, false
  FROM pg_prepared_xacts p WHERE current_setting('max_prepared_transactions') <> '0')
SELECT h.slot, h.catalog_only, h.xmin_age, h.pid, h.backend_start, h.xact_start, h.state_change, h.state,
       h.backend_type, h.user_name, h.application, h.database, h.protected_role, h.has_advisory_lock,
       (SELECT sum(pg_stat_get_dead_tuples(c.oid))::bigint FROM pg_class c WHERE c.relkind IN ('r', 'm', 't')) AS dead_rows,
       left(h.query, 1024) AS last_statement
FROM holders h
WHERE h.database IS NULL OR h.database = current_database()
ORDER BY h.xmin_age DESC NULLS LAST
LIMIT 100;
