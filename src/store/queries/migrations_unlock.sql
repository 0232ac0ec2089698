-- Lets the next process migrate.
-- scope: system
SELECT pg_advisory_unlock(hashtext('selfheal'), hashtext('migrations'));
