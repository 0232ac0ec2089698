-- Which locks on tables are held and waited for, by table and mode; those waited for first.
-- needs: nothing
-- since: 13
-- rows: 30
SELECT n.nspname AS schema, c.relname AS "table", l.mode AS lock_mode, l.granted AS is_granted, count(*) AS locks
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.locktype = 'relation' AND l.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
GROUP BY 1, 2, 3, 4 ORDER BY 4, 5 DESC, 1, 2 LIMIT 30;
