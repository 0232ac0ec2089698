-- Sessions that do nothing and hold no transaction, those that are idle for longest first.
-- needs: pg_monitor
-- since: 13
-- rows: 1000
-- scope: server
SELECT a.pid, a.backend_start, a.state_change, a.usename AS user_name, a.application_name AS application,
       a.datname AS database, host(a.client_addr) AS client_host,
       coalesce(r.rolsuper OR r.rolreplication, true) AS protected_role,
       -- It waits on purpose: for notifications, or because a lock of its session says that it is the one.
       a.query ~* '^\s*listen\M'
         OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.locktype <> 'virtualxid')
         AS waits_on_purpose,
       a.query AS last_statement
FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.backend_type = 'client backend' AND a.state = 'idle'
ORDER BY a.state_change
LIMIT 1000;
