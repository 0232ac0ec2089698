-- The youngest incident of each key in $3, or the one it was merged into, locked until the end of the transaction.
SELECT k.sighting, latest.merged_into IS NOT NULL AS by_merge, i.*
FROM json_to_recordset($3::json) AS k(sighting integer, database text, fingerprint text)
CROSS JOIN LATERAL (
  SELECT number, merged_into FROM selfheal.incident
  WHERE tenant = $1::text AND server = $2::text AND database = k.database AND fingerprint = k.fingerprint
  ORDER BY number DESC LIMIT 1) latest
JOIN selfheal.incident i ON i.tenant = $1::text AND i.number = coalesce(latest.merged_into, latest.number)
ORDER BY i.number
FOR UPDATE OF i;
