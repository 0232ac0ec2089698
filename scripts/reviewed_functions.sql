-- Prints the names for src/pg/read_only_functions.txt from the pg_proc of an empty database:
--   psql -XAtq -f scripts/reviewed_functions.sql > src/pg/read_only_functions.txt
-- A name is in when each function of it is immutable or stable, takes and returns what SQL can hold, and runs no SQL text,
-- assigns no transaction id and tells no secret; or when it is one of the volatile ones that only look. What a later version
-- adds is not in until somebody ran this, and read the difference.
WITH functions AS (
  SELECT p.proname AS name,
         p.provolatile = 'v' AS is_volatile,
         p.prokind NOT IN ('f', 'a', 'w')
         OR EXISTS (SELECT FROM unnest(p.proargtypes::oid[] || p.prorettype) t
                    WHERE t IN ('internal'::regtype, 'cstring'::regtype, 'trigger'::regtype, 'event_trigger'::regtype,
                                'language_handler'::regtype, 'fdw_handler'::regtype, 'index_am_handler'::regtype,
                                'tsm_handler'::regtype, 'table_am_handler'::regtype))
         OR p.proname ~ '_validator$' AS is_internal
  FROM pg_proc p
  WHERE p.pronamespace = 'pg_catalog'::regnamespace),
harmless_volatile(name) AS (
  VALUES ('random'), ('gen_random_uuid'), ('clock_timestamp'), ('timeofday'), ('pg_relation_size'), ('pg_table_size'),
         ('pg_indexes_size'), ('pg_total_relation_size'), ('pg_database_size'), ('pg_tablespace_size'), ('pg_blocking_pids'),
         ('pg_safe_snapshot_blocking_pids'), ('pg_is_in_recovery'), ('pg_is_wal_replay_paused'), ('pg_current_wal_lsn'),
         ('pg_get_wal_replay_pause_state'), ('pg_current_wal_insert_lsn'), ('pg_current_wal_flush_lsn'),
         ('pg_last_wal_receive_lsn'), ('pg_last_wal_replay_lsn'), ('pg_last_xact_replay_timestamp'), ('pg_lock_status'),
         ('pg_prepared_xact'), ('pg_notification_queue_usage'), ('pg_xact_status'), ('txid_status'), ('pg_last_committed_xact'),
         ('pg_xact_commit_timestamp'), ('pg_xact_commit_timestamp_origin'), ('pg_partition_tree'), ('pg_partition_ancestors'),
         ('pg_partition_root'), ('pg_sequence_last_value'), ('pg_stat_get_xact_numscans'), ('pg_collation_actual_version'),
         ('pg_database_collation_actual_version')),
denied(name) AS (
  VALUES ('txid_current'), ('pg_current_xact_id'),               -- assign a transaction id
         ('table_to_xml'), ('table_to_xml_and_xmlschema'), ('table_to_xmlschema'), ('schema_to_xml'),
         ('schema_to_xml_and_xmlschema'), ('schema_to_xmlschema'), ('database_to_xml'),
         ('database_to_xml_and_xmlschema'), ('database_to_xmlschema'), ('ts_stat'), ('ts_rewrite'),  -- run SQL text
         ('pg_show_all_settings'), ('pg_settings_get_flags'), ('pg_mcv_list_items'), ('pg_options_to_table'),
         ('pg_config'), ('pg_stat_get_wal_receiver'), ('pg_get_object_address'))
SELECT name
FROM functions
GROUP BY name
HAVING NOT bool_or(is_internal)
       AND NOT EXISTS (SELECT FROM denied d WHERE d.name = functions.name)
       AND (NOT bool_or(is_volatile) OR EXISTS (SELECT FROM harmless_volatile h WHERE h.name = functions.name))
ORDER BY name COLLATE "C";
