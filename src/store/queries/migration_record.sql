-- Remembers that a migration was applied.
-- scope: system
INSERT INTO selfheal.schema_migrations (number, name, sha256, applied_at)
VALUES ($1::integer, $2::text, $3::text, $4::timestamptz);
