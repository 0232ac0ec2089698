-- The treatments of an incident, oldest first.
SELECT * FROM selfheal.treatment
WHERE tenant = $1::text AND incident = $2::bigint
ORDER BY number
LIMIT $3::bigint;
