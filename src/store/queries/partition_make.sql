-- Makes the partition of one day.
-- scope: system
SELECT selfheal.make_day($1::text, $2::date);
