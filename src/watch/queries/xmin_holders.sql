-- Everything that can hold back vacuum, oldest first.
-- needs: pg_monitor
-- since: 13
-- rows: 100
-- A vacuum holds back nobody, and a parallel worker only what its leader does. A walsender without a transaction passes
-- on what its standby holds. Prepared transactions are read last: that locks the whole lock table.
WITH activity AS (
  SELECT a.* FROM pg_stat_get_activity(NULL) a
  WHERE a.pid <> pg_backend_pid() AND (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL)
    AND a.backend_type NOT IN ('autovacuum worker', 'parallel worker')
    AND a.pid NOT IN (SELECT v.pid FROM pg_stat_progress_vacuum v)),
holders AS (
  SELECT NULL::name AS slot, false AS catalog_only,
         -- The one whose age is the greater.
         CASE WHEN a.backend_xid IS NULL OR age(a.backend_xmin) > age(a.backend_xid) THEN a.backend_xmin
              ELSE a.backend_xid END AS held,
         a.pid, a.backend_start, a.xact_start, a.state_change, a.state, a.backend_type,
         CASE WHEN a.usesysid <> 0 THEN pg_get_userbyid(a.usesysid) END AS user_name, a.application_name AS application,
         (SELECT d.datname FROM pg_database d WHERE d.oid = a.datid) AS database, host(a.client_addr) AS client_address,
         left(a.query, 1024) AS query
  FROM activity a
  UNION ALL
  SELECT s.slot_name, s.xmin IS NULL,
         CASE WHEN s.xmin IS NULL OR age(s.catalog_xmin) > age(s.xmin) THEN s.catalog_xmin ELSE s.xmin END,
         0, NULL, NULL, NULL, CASE WHEN s.active THEN 'active' ELSE 'inactive' END, 'replication slot', NULL, NULL,
         s.database, NULL, NULL
  FROM pg_replication_slots s WHERE s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL
  UNION ALL
  SELECT NULL, false, p.transaction, 0, p.prepared, p.prepared, p.prepared, 'prepared',
         'prepared transaction', p.owner, p.gid, p.database, NULL, NULL
  FROM pg_prepared_xacts p WHERE current_setting('max_prepared_transactions') <> '0')
SELECT clock_timestamp() AS at, h.slot, h.held, age(h.held) AS xmin_age, h.catalog_only,
       h.pid, h.backend_start, h.xact_start, h.state_change, h.state, h.backend_type, h.user_name, h.application,
       h.database, h.client_address, h.query
FROM holders h
ORDER BY age(h.held) DESC
LIMIT 100;
