-- The person of session $2 was there.
WITH used AS (
  UPDATE selfheal.session SET used_at = $3::timestamptz WHERE tenant = $1::text AND token_hash = $2::text
  RETURNING tenant, person
)
UPDATE selfheal.person p SET seen_at = $3::timestamptz FROM used WHERE p.tenant = used.tenant AND p.id = used.person;
