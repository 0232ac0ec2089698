-- Adds a watched server or replaces what was said of it.
INSERT INTO selfheal.server (tenant, name, conninfo, password_from, settings, system_identifier, added_at)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::jsonb, $6::text, $7::timestamptz)
ON CONFLICT (tenant, name) DO UPDATE
SET conninfo = excluded.conninfo, password_from = excluded.password_from, settings = excluded.settings,
    system_identifier = excluded.system_identifier;
