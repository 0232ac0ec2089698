-- What was given up, newest first.
SELECT * FROM selfheal.notification
WHERE tenant = $1::text AND parked_at IS NOT NULL
ORDER BY parked_at DESC, channel, incident
LIMIT $2::bigint;
