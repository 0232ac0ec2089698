-- How far each database is from the stop that prevents wraparound, and the server's switches for autovacuum.
-- needs: nothing
-- since: 13
-- rows: 500
-- failsafe settings came with 14; 13 gets their later default, at which it does not act but is as near to the stop.
SELECT clock_timestamp() AS at, d.datname AS database, age(d.datfrozenxid) AS xid_age, mxid_age(d.datminmxid) AS mxid_age,
       current_setting('autovacuum_freeze_max_age')::bigint AS freeze_max_age,
       current_setting('autovacuum_multixact_freeze_max_age')::bigint AS multixact_freeze_max_age,
       coalesce(current_setting('vacuum_failsafe_age', true)::bigint, 1600000000) AS failsafe_age,
       coalesce(current_setting('vacuum_multixact_failsafe_age', true)::bigint, 1600000000) AS multixact_failsafe_age,
       current_setting('autovacuum')::boolean AS autovacuum, current_setting('track_counts')::boolean AS track_counts,
       d.datallowconn AND NOT d.datistemplate AND has_database_privilege(d.oid, 'CONNECT') AS may_connect,
       d.datname = current_database() AS is_here
FROM pg_database d
ORDER BY d.datname = current_database() DESC, age(d.datfrozenxid) DESC
LIMIT 500;
