-- One treatment.
SELECT * FROM selfheal.treatment WHERE tenant = $1::text AND number = $2::bigint;
