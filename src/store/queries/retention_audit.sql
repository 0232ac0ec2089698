-- Forgets the tenant's audit entries before $2 and remembers where the chain now begins.
SELECT selfheal.forget_audit($1::text, $2::timestamptz) AS last_gone;
