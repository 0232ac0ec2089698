-- The sightings of server $2 after number $3, oldest first, but only of the newest $5; without what came from error_logs.
WITH newest AS (
  SELECT max(number) AS number FROM selfheal.sighting WHERE tenant = $1::text AND server = $2::text)
SELECT s.number, split_part(s.family, '|', 2) AS code, s.incident, s.count, s.redacted_message, s.intake, s.last_seen
FROM selfheal.sighting s, newest n
WHERE s.tenant = $1::text AND s.server = $2::text AND s.number > greatest($3::bigint, n.number - $5::bigint)
  AND s.intake <> 'error_logs'
ORDER BY s.number
LIMIT $4::bigint;
