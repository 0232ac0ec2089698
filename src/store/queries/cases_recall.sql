-- What helped before: the same fingerprint first, then the same family, newest first.
SELECT incident, cause, action, verdict, at
FROM selfheal.past_case
WHERE tenant = $1::text AND (fingerprint = $2::text OR (md5(family) = md5($3::text) AND family = $3::text))
ORDER BY fingerprint <> $2::text, at DESC
LIMIT $4::bigint;
