-- Two incidents, locked in one order, oldest first.
SELECT * FROM selfheal.incident
WHERE tenant = $1::text AND number IN ($2::bigint, $3::bigint)
ORDER BY number
FOR UPDATE;
