-- Ends a session.
DELETE FROM selfheal.session WHERE tenant = $1::text AND token_hash = $2::text;
