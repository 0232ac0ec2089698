-- A link for person $3: the only one that lets them in. Used and old ones stay a while, to say what became of them.
WITH gone AS (
  DELETE FROM selfheal.invitation
  WHERE tenant = $1::text AND (person = $3::bigint AND used_at IS NULL OR until < $5::timestamptz - interval '30 days')
)
INSERT INTO selfheal.invitation (tenant, token_hash, person, until)
VALUES ($1::text, $2::text, $3::bigint, $4::timestamptz);
