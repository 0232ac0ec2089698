-- Sessions that sit idle inside an open transaction, with all that decides whether they may be ended.
-- needs: pg_monitor
-- since: 13
-- rows: 500
SELECT a.pid, a.backend_start, a.xact_start, a.state_change, a.state, a.backend_type, a.usename AS user_name,
       a.application_name AS application, a.datname AS database,
       coalesce(r.rolsuper OR r.rolreplication, true) AS protected_role,
       a.query AS last_statement
FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.state IN ('idle in transaction', 'idle in transaction (aborted)')
ORDER BY a.xact_start;
