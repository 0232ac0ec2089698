-- Who waits for a lock on a whole table that a reader or writer has, and how many queue up behind for no other reason.
-- needs: pg_monitor
-- since: 14
-- rows: 100
-- Such a lock is asked for by ALTER, DROP, TRUNCATE, CREATE INDEX, LOCK TABLE and their like. Held up are those whom
-- only such waiters block: what the table's present users hold would let them pass.
WITH waits AS MATERIALIZED (
  SELECT l.pid, l.database, l.relation, l.mode, l.waitstart, pg_blocking_pids(l.pid) AS blockers,
         l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') AS is_strong
  FROM pg_locks l WHERE l.locktype = 'relation' AND NOT l.granted LIMIT 500),
queues AS (
  SELECT database, relation, array_agg(pid) AS pids FROM waits WHERE is_strong GROUP BY database, relation),
held_up AS (
  SELECT w.pid, w.database, w.relation, w.waitstart, w.blockers
  FROM waits w JOIN queues q USING (database, relation)
  WHERE NOT w.is_strong AND w.blockers <> '{}' AND w.blockers <@ q.pids)
SELECT s.pid, a.backend_start, a.query_start, s.waitstart AS waiting_since, s.mode AS lock_mode,
       s.database::int8 AS database_oid, s.relation::int8 AS table_oid,
       CASE WHEN s.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            THEN s.relation::regclass::text END AS relation,
       a.usename AS user_name, a.application_name AS application, a.datname AS database, a.backend_type,
       coalesce(r.rolsuper OR r.rolreplication, true) AS protected_role,
       a.query ~* '(^|;)(\s|--[^\n]*\n|/\*([^*]|\*[^/])*\*/)*(alter|create|drop|truncate|reindex|cluster|vacuum|refresh)\M'
         AS is_schema_change,
       -- Whether its transaction has more to lose than the wait: it did not begin with this one statement, and has
       -- something of the application's locked for writing (lower numbers are the catalog's).
       NOT (a.xact_start = a.query_start AND a.query !~ ';\s*\S' AND length(a.query) < 1000)
         AND EXISTS (SELECT FROM pg_locks o
                     WHERE o.pid = s.pid AND o.granted AND o.locktype = 'relation' AND o.relation >= 16384
                       AND o.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareUpdateExclusiveLock'))
         AS loses_work,
       (SELECT count(*) FROM held_up h WHERE s.pid = ANY (h.blockers)) AS held_up,
       (SELECT min(h.waitstart) FROM held_up h WHERE s.pid = ANY (h.blockers)) AS held_up_since,
       a.query AS statement
FROM waits s JOIN pg_stat_activity a ON a.pid = s.pid LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE s.is_strong
ORDER BY s.waitstart
LIMIT 100;
