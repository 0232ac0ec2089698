-- Writes a policy when its version is still $6.
UPDATE selfheal.policy
SET default_mode = $3::text, modes = $4::jsonb, values = $5::jsonb, version = version + 1
WHERE tenant = $1::text AND server = $2::text AND version = $6::bigint
RETURNING *;
