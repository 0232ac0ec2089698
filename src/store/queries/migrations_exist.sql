-- Whether any migration was ever applied here.
-- scope: system
SELECT to_regclass('selfheal.schema_migrations') IS NOT NULL AS exist;
