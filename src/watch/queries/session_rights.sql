-- The database of this session, and whether its role sees what others do.
-- needs: nothing
-- since: 13
-- rows: 1
SELECT current_database() AS database, pg_has_role('pg_read_all_stats', 'USAGE') AS sees_all_sessions;
