-- The server's own figures that a health check looks at first.
-- needs: nothing
-- since: 13
-- rows: 1
SELECT current_setting('server_version') AS version,
       round(extract(epoch FROM now() - pg_postmaster_start_time())) AS up_s, pg_is_in_recovery() AS is_in_recovery,
       (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL) AS connections,
       current_setting('max_connections')::int AS max_connections,
       (SELECT round(100.0 * sum(blks_hit) / nullif(sum(blks_hit + blks_read), 0), 1) FROM pg_stat_database)
         AS cache_hit_percent,
       (SELECT sum(deadlocks) FROM pg_stat_database) AS deadlocks,
       (SELECT sum(xact_rollback) FROM pg_stat_database) AS rollbacks,
       (SELECT sum(xact_commit) FROM pg_stat_database) AS commits,
       (SELECT sum(temp_bytes) FROM pg_stat_database) AS temp_bytes,
       (SELECT round(max(100.0 * age(datfrozenxid) / 2000000000), 1) FROM pg_database) AS wraparound_percent,
       pg_database_size(current_database()) AS database_bytes;
