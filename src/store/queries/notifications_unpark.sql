-- What was given up for channel $2 waits again, and is due at $3.
UPDATE selfheal.notification
SET is_waiting = true, due_at = $3::timestamptz, parked_at = NULL, attempts = 0, failing_since = NULL
WHERE tenant = $1::text AND channel = $2::text AND parked_at IS NOT NULL;
