-- Forgets a watched server.
DELETE FROM selfheal.server WHERE tenant = $1::text AND name = $2::text;
