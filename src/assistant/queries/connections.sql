-- Who is connected: sessions by database, user and application.
-- needs: nothing
-- since: 13
-- rows: 30
SELECT datname AS database, usename AS user_name, application_name AS application, count(*) AS sessions,
       count(*) FILTER (WHERE state = 'active') AS active,
       count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
       current_setting('max_connections')::int AS max_connections
FROM pg_stat_activity WHERE datid IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT 30;
