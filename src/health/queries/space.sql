-- How large the databases are, and how many rows of this one are dead.
-- needs: pg_monitor
-- since: 13
-- rows: 1
SELECT CASE WHEN has_database_privilege(current_database(), 'CONNECT')
            THEN pg_database_size(current_database())::float8 END AS database_size,
       (SELECT sum(pg_database_size(d.oid)) FROM pg_database d
        WHERE pg_has_role('pg_read_all_stats', 'USAGE') OR has_database_privilege(d.oid, 'CONNECT'))::float8 AS databases_size,
       t.live, t.dead, CASE WHEN t.live + t.dead > 0 THEN 100 * t.dead / (t.live + t.dead) END AS dead_percent
FROM (SELECT coalesce(sum(n_live_tup), 0)::float8 AS live, coalesce(sum(n_dead_tup), 0)::float8 AS dead
      FROM pg_stat_user_tables) t;
