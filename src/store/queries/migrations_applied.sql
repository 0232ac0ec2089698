-- The migrations that were applied, in order.
-- scope: system
SELECT number, name, sha256 FROM selfheal.schema_migrations ORDER BY number;
