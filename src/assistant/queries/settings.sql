-- The settings that people ask about most.
-- needs: nothing
-- since: 13
-- rows: 30
SELECT name, setting, unit, source FROM pg_settings
WHERE name IN ('autovacuum', 'checkpoint_timeout', 'deadlock_timeout', 'effective_cache_size',
               'idle_in_transaction_session_timeout', 'lock_timeout', 'log_lock_waits', 'log_min_duration_statement',
               'maintenance_work_mem', 'max_connections', 'max_wal_size', 'random_page_cost', 'shared_buffers',
               'statement_timeout', 'superuser_reserved_connections', 'wal_level', 'work_mem')
ORDER BY name LIMIT 30;
