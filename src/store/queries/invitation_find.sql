-- What became of a link.
SELECT used_at IS NOT NULL AS used FROM selfheal.invitation WHERE tenant = $1::text AND token_hash = $2::text;
