-- Entries of the audit trail before a sequence number, newest first.
SELECT * FROM selfheal.audit
WHERE tenant = $1::text AND ($2::bigint IS NULL OR sequence < $2::bigint)
ORDER BY sequence DESC
LIMIT $3::bigint;
