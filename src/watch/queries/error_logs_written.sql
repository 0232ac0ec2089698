-- Up to which of its sightings an installation has written to error_logs.
-- needs: SELECT on selfheal_error_logs.written
-- since: 13
-- rows: 1
SELECT number FROM selfheal_error_logs.written WHERE installation = $1::text;
