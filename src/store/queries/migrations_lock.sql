-- Waits until no other process migrates this database; held by the session.
-- scope: system
SELECT pg_advisory_lock(hashtext('selfheal'), hashtext('migrations'));
