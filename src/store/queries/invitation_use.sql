-- Uses a link, when it is one and neither used nor old.
UPDATE selfheal.invitation SET used_at = $3::timestamptz
WHERE tenant = $1::text AND token_hash = $2::text AND used_at IS NULL AND until >= $3::timestamptz
RETURNING person;
