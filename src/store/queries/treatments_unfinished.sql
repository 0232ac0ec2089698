-- Treatments without a verdict, oldest first.
SELECT * FROM selfheal.treatment WHERE tenant = $1::text AND verdict IS NULL ORDER BY number LIMIT $2::bigint;
