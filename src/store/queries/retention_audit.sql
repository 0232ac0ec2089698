-- Forgets audit entries before $2 and remembers where the chain now begins.
SELECT selfheal.forget_audit(of_tenant => $1::text, kept_from => $2::timestamptz) AS last_gone;
