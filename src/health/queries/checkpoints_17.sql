-- Checkpoints that the clock began, those that were asked for, and the time they took to write.
-- needs: nothing
-- since: 17
-- rows: 1
-- scope: server
SELECT c.num_timed::float8 AS timed, c.num_requested::float8 AS requested, c.write_time AS write_ms,
       c.sync_time AS sync_ms
FROM pg_stat_checkpointer c;
