-- A browser in which person $3 is signed in from now on.
WITH seen AS (
  UPDATE selfheal.person SET seen_at = $4::timestamptz WHERE tenant = $1::text AND id = $3::bigint
)
INSERT INTO selfheal.session (tenant, token_hash, person, began_at, used_at)
VALUES ($1::text, $2::text, $3::bigint, $4::timestamptz, $4::timestamptz);
