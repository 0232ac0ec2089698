-- Drops the partition of one day.
-- scope: system
SELECT selfheal.drop_day($1::text, $2::date);
