-- How many connections the server allows to those who are not superusers, how many it has, and what they do.
-- needs: pg_monitor
-- since: 13
-- rows: 1
-- scope: server
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       - coalesce(current_setting('reserved_connections', true)::int, 0) AS allowed,
       count(*) AS used,
       count(*) FILTER (WHERE a.state = 'idle') AS idle,
       count(*) FILTER (WHERE a.state LIKE 'idle in transaction%') AS idle_in_transaction,
       count(*) FILTER (WHERE a.state = 'active') AS active,
       count(*) FILTER (WHERE a.wait_event_type = 'Lock') AS waiting
FROM pg_stat_get_activity(NULL) a WHERE a.backend_type = 'client backend';
