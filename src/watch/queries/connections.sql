-- How many sessions each limit of connections allows and has, and which group of sessions has most of them.
-- needs: pg_monitor
-- since: 13
-- rows: 20
-- Row one is the server's limit: what is left of max_connections for those who are not superusers. Then the limits of
-- roles and databases that are used most. Superusers pass all three, but their sessions count.
WITH sessions AS MATERIALIZED (
  SELECT a.usesysid, a.datid, a.state, a.application_name, host(a.client_addr) AS client_address
  FROM pg_stat_get_activity(NULL) a WHERE a.backend_type = 'client backend'),
limits AS (
  SELECT 0 AS number, 'server' AS kind, NULL::oid AS id, '' AS name,
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true)::int, 0) AS allowed
  UNION ALL
  SELECT 1, 'role', r.oid, r.rolname, r.rolconnlimit FROM pg_roles r WHERE r.rolconnlimit > 0 AND NOT r.rolsuper
  UNION ALL
  SELECT 2, 'database', d.oid, d.datname, d.datconnlimit FROM pg_database d WHERE d.datconnlimit > 0),
used AS (
  SELECT l.number, l.kind, l.name, l.allowed, s.usesysid, s.application_name, s.client_address, count(*) AS sessions,
         count(*) FILTER (WHERE s.state = 'idle') AS idle,
         sum(count(*)) OVER w AS used, sum(count(*) FILTER (WHERE s.state = 'idle')) OVER w AS all_idle,
         row_number() OVER (PARTITION BY l.number, l.id ORDER BY count(*) DESC) AS place
  FROM limits l
       JOIN sessions s ON l.kind = 'server' OR l.kind = 'role' AND s.usesysid = l.id
                       OR l.kind = 'database' AND s.datid = l.id
  GROUP BY l.number, l.kind, l.id, l.name, l.allowed, s.usesysid, s.application_name, s.client_address
  WINDOW w AS (PARTITION BY l.number, l.id))
SELECT clock_timestamp() AS at, u.kind, u.name, u.allowed, u.used, u.all_idle AS idle, u.sessions AS group_sessions,
       u.idle AS group_idle, CASE WHEN u.usesysid <> 0 THEN pg_get_userbyid(u.usesysid) END AS user_name,
       u.application_name AS application, u.client_address
FROM used u WHERE u.place = 1
ORDER BY u.number = 0 DESC, u.used::float8 / greatest(u.allowed, 1) DESC
LIMIT 20;
