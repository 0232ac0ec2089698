-- Cases that changed after state $2, in the order of their changes.
SELECT * FROM selfheal.remembered_case
WHERE tenant = $1::text AND changed > $2::bigint
ORDER BY changed
LIMIT $3::bigint;
