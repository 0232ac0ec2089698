-- The last items of an incident's evidence, oldest first. Raw values.
SELECT *
FROM (SELECT * FROM selfheal.evidence WHERE tenant = $1::text AND incident = $2::bigint
      ORDER BY number DESC LIMIT $3::bigint) last
ORDER BY number;
