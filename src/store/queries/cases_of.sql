-- Cases of the fingerprints $2; then of family $3, the proven first, then the newest.
SELECT * FROM selfheal.remembered_case
WHERE tenant = $1::text
  AND (fingerprint = ANY ($2::text[]) OR ($3::text <> '' AND md5(family) = md5($3::text) AND family = $3::text))
ORDER BY fingerprint = ANY ($2::text[]) DESC, is_proven DESC, last_seen DESC
LIMIT $4::bigint;
