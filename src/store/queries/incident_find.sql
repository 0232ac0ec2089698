-- One incident.
SELECT * FROM selfheal.incident WHERE tenant = $1::text AND number = $2::bigint;
