-- The last sightings of an incident, newest first.
SELECT at, last_seen, count, redacted_message, statement_shape
FROM selfheal.sighting
WHERE tenant = $1::text AND incident = $2::bigint
ORDER BY at DESC
LIMIT $3::bigint;
