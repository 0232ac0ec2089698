-- Moves the treatments of incident $2 to $3.
UPDATE selfheal.treatment SET incident = $3::bigint WHERE tenant = $1::text AND incident = $2::bigint;
