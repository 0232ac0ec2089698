-- Checkpoints that the clock began, those that were asked for, and the time they took to write.
-- needs: nothing
-- since: 13
-- rows: 1
-- scope: server
SELECT b.checkpoints_timed::float8 AS timed, b.checkpoints_req::float8 AS requested,
       b.checkpoint_write_time AS write_ms, b.checkpoint_sync_time AS sync_ms
FROM pg_stat_bgwriter b;
