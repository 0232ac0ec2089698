-- Incidents that are not closed, oldest first.
SELECT * FROM selfheal.incident
WHERE tenant = $1::text AND state NOT IN ('healed', 'failed', 'resolved') AND merged_into IS NULL
ORDER BY number
LIMIT $2::bigint;
