-- The last $4 entries of an incident's timeline after number $3, oldest first.
SELECT entry, at, what, text
FROM (SELECT * FROM selfheal.incident_timeline
      WHERE tenant = $1::text AND incident = $2::bigint AND entry > $3::bigint
      ORDER BY entry DESC LIMIT $4::bigint) last
ORDER BY entry;
