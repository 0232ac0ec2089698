-- Indexes of this database that no query may use, and whether somebody is building, rebuilding or dropping them.
-- needs: pg_monitor
-- since: 13
-- rows: 50
-- All three hold a lock on the index or show their progress on its table from beginning to end; the locks are read only
-- when there is such an index. An index of a partitioned table is no leftover: it waits for its partitions' indexes.
WITH invalid AS MATERIALIZED (
  SELECT i.indexrelid, i.indrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE NOT (i.indisvalid AND i.indisready AND i.indislive) AND c.relkind = 'i' AND c.relpersistence <> 't'
    AND NOT pg_is_in_recovery()
  LIMIT 50),
workers AS MATERIALIZED (
  SELECT l.relation FROM pg_locks l
  WHERE EXISTS (SELECT FROM invalid) AND l.locktype = 'relation'
    AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
    AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'AccessExclusiveLock')
  UNION ALL
  SELECT unnest(ARRAY[p.relid, p.index_relid]) FROM pg_stat_progress_create_index p
  WHERE EXISTS (SELECT FROM invalid) AND p.datname = current_database())
SELECT clock_timestamp() AS at, n.nspname AS schema, t.relname AS table_name, c.relname AS index_name,
       x.indexrelid AS oid,
       EXISTS (SELECT FROM workers w WHERE w.relation = x.indexrelid)
       OR EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = x.indrelid) AS in_work
FROM invalid x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
     JOIN pg_namespace n ON n.oid = t.relnamespace
ORDER BY n.nspname, c.relname;
