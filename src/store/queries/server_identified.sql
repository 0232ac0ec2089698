-- Remembers which cluster a watched server is.
UPDATE selfheal.server SET system_identifier = $3::text WHERE tenant = $1::text AND name = $2::text;
