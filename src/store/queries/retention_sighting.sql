-- Forgets what was filed before $1 in no day's partition.
-- scope: system
DELETE FROM selfheal.sighting_default WHERE filed_at < $1::timestamptz;
