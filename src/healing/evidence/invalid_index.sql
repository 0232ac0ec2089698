-- Whether an index may not be used by queries, who could be at work on it, and what dropping it would meet.
-- needs: pg_monitor
-- since: 13
-- rows: 10
-- All who build, rebuild or drop an index hold a lock on its table from beginning to end; builders say so by progress,
-- too. table_used_since: the oldest transaction with a lock on the table; DROP INDEX CONCURRENTLY waits for its end.
SELECT n.nspname AS schema, t.relname AS "table", c.relname AS index, c.oid AS index_oid, c.relkind AS index_kind,
       t.relkind AS table_kind, pg_get_userbyid(c.relowner) AS owner,
       i.indisvalid AS is_valid, i.indisready AS is_ready, i.indislive AS is_live, i.indisunique AS is_unique,
       i.indisprimary OR i.indisexclusion OR i.indisreplident
       OR EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')) AS is_constraint,
       EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid) AS is_attached,
       EXISTS (SELECT FROM pg_depend d WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
               AND d.deptype = 'n') AS is_depended_on,
       pg_get_indexdef(c.oid) AS definition, pg_relation_size(c.oid) AS size_bytes,
       (SELECT p.pid FROM pg_stat_progress_create_index p WHERE p.relid = t.oid LIMIT 1) AS builder_pid,
       (SELECT l.pid FROM pg_locks l
        WHERE l.locktype = 'relation' AND l.relation IN (t.oid, c.oid)
              AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
              AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                             'AccessExclusiveLock')
        ORDER BY l.granted DESC, l.pid LIMIT 1) AS worker_pid,
       (SELECT min(a.xact_start) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'relation' AND l.relation = t.oid AND a.pid <> pg_backend_pid()
              AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())) AS table_used_since,
       (SELECT bool_or(pg_has_role(a.usesysid, c.relowner, 'MEMBER')) FROM pg_stat_activity a
        WHERE a.application_name = 'selfheal act' OR a.application_name LIKE 'selfheal heal:%') AS may_act
FROM pg_index i
     JOIN pg_class c ON c.oid = i.indexrelid
     JOIN pg_class t ON t.oid = i.indrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = :'index' AND n.nspname = :'schema';
