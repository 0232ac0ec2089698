-- Ends what lets person $2 in.
WITH links AS (
  DELETE FROM selfheal.invitation WHERE tenant = $1::text AND person = $2::bigint AND used_at IS NULL
)
DELETE FROM selfheal.session WHERE tenant = $1::text AND person = $2::bigint;
