-- The settings that differ from their defaults.
SELECT name, value FROM selfheal.setting WHERE tenant = $1::text;
