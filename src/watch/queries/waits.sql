-- Everybody who waits for a heavyweight lock and everybody who blocks them, one row for each session.
-- needs: pg_monitor
-- since: 14
-- rows: 1001
-- Without any, one row that holds only the time. Row 0 stands for prepared transactions, as in pg_blocking_pids().
-- Cheap while nobody waits: pg_locks and pg_prepared_xacts, which lock the whole lock table, are read only when the
-- activity shows a waiter; pg_stat_get_activity() saves the joins of pg_stat_activity.
WITH activity AS MATERIALIZED (
  SELECT a.pid, a.datid, a.usesysid, a.application_name, a.state, a.query, a.wait_event_type, a.xact_start,
         a.backend_start, a.state_change, a.client_addr, a.backend_type
  FROM pg_stat_get_activity(NULL) a),
waiting AS MATERIALIZED (
  SELECT pid, pg_blocking_pids(pid) AS blockers FROM activity WHERE wait_event_type = 'Lock' LIMIT 500),
locks AS MATERIALIZED (
  SELECT l.pid, l.granted, l.locktype, l.mode, l.database, l.relation, l.transactionid, l.virtualtransaction,
         l.waitstart,
         concat_ws('/', l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid,
                   l.objid, l.objsubid) AS object
  FROM pg_locks l
  WHERE EXISTS (SELECT FROM waiting) AND (NOT l.granted OR l.locktype = 'tuple' OR l.pid IS NULL)),
prepared AS MATERIALIZED (
  SELECT p.transaction, p.gid, p.prepared, p.owner, p.database
  FROM pg_prepared_xacts p WHERE EXISTS (SELECT FROM waiting WHERE 0 = ANY (blockers))),
involved AS (
  SELECT pid FROM waiting UNION SELECT unnest(blockers) FROM waiting LIMIT 1000)
SELECT clock_timestamp() AS at, i.pid, w.blockers, a.backend_start, a.xact_start, a.state_change, a.state,
       a.backend_type, CASE WHEN a.usesysid <> 0 THEN pg_get_userbyid(a.usesysid) END AS user_name,
       a.application_name AS application, (SELECT d.datname FROM pg_database d WHERE d.oid = a.datid) AS database,
       host(a.client_addr) AS client_address, left(a.query, 1024) AS query,
       l.locktype AS lock_type, l.mode AS lock_mode, l.object AS lock_object, l.waitstart AS waiting_since,
       -- Who waits for a row waits for its writer's transaction and holds the row's tuple lock meanwhile.
       (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE a.datid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
          AND c.oid = coalesce(l.relation, (SELECT t.relation FROM locks t
                                            WHERE t.pid = i.pid AND t.granted AND t.locktype = 'tuple' LIMIT 1))
       ) AS relation,
       p.gid AS prepared_gid, p.prepared AS prepared_at, p.owner AS prepared_owner, p.database AS prepared_database
FROM (SELECT) one
     LEFT JOIN involved i ON true
     LEFT JOIN waiting w ON w.pid = i.pid
     LEFT JOIN activity a ON a.pid = i.pid
     LEFT JOIN locks l ON l.pid = i.pid AND NOT l.granted
     LEFT JOIN LATERAL (
       SELECT x.* FROM prepared x
       WHERE 0 = ANY (w.blockers)
         AND (x.transaction = l.transactionid
              OR EXISTS (SELECT FROM locks h JOIN locks own USING (virtualtransaction)
                         WHERE h.pid IS NULL AND h.granted AND h.relation = l.relation AND h.database = l.database
                           AND own.pid IS NULL AND own.transactionid = x.transaction))
       LIMIT 1) p ON true;
