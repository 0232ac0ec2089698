-- The last entries of an incident's timeline, oldest first.
SELECT at, what, text
FROM (SELECT * FROM selfheal.incident_timeline WHERE tenant = $1::text AND incident = $2::bigint
      ORDER BY at DESC, entry DESC LIMIT $3::bigint) last
ORDER BY at, entry;
