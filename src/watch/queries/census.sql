-- Who is there, and the transactions that are open longest; one row for each, or one with the counts alone.
-- needs: pg_monitor
-- since: 13
-- rows: 100
WITH activity AS MATERIALIZED (
  SELECT a.* FROM pg_stat_get_activity(NULL) a WHERE a.pid <> pg_backend_pid()),
counts AS (
  SELECT count(*) FILTER (WHERE backend_type = 'client backend') AS clients,
         count(*) FILTER (WHERE state = 'active' AND backend_type = 'client backend') AS active,
         count(*) FILTER (WHERE state = 'idle') AS idle,
         count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
         count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting
  FROM activity)
SELECT clock_timestamp() AS at, current_setting('max_connections') AS max_connections, n.clients, n.active, n.idle,
       n.idle_in_transaction, n.waiting,
       t.pid, t.backend_start, t.xact_start, t.state_change, t.state, t.backend_type,
       CASE WHEN t.usesysid <> 0 THEN pg_get_userbyid(t.usesysid) END AS user_name,
       t.application_name AS application, (SELECT d.datname FROM pg_database d WHERE d.oid = t.datid) AS database,
       host(t.client_addr) AS client_address, left(t.query, 1024) AS query,
       coalesce(greatest(age(t.backend_xmin), age(t.backend_xid)), 0) AS xmin_age
FROM counts n
     LEFT JOIN (SELECT * FROM activity WHERE xact_start IS NOT NULL ORDER BY xact_start LIMIT 100) t ON true
ORDER BY t.xact_start;
