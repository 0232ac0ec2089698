-- How large the directory of the write-ahead log is.
-- needs: pg_monitor
-- since: 13
-- rows: 1
-- scope: server
SELECT sum(f.size)::float8 AS wal_size,
       pg_size_bytes(current_setting('max_wal_size'))::float8 AS max_wal_size FROM pg_ls_waldir() f;
