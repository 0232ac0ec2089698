-- Forgets samples older than three hours before $2, minutes older than three days, hours older than 400 days; of servers
-- that are no longer watched, too.
DELETE FROM selfheal.health_sample
WHERE tenant = $1::text
  AND (step = 5 AND at < $2::timestamptz - interval '3 hours'
       OR step = 60 AND at < $2::timestamptz - interval '3 days'
       OR step = 3600 AND at < $2::timestamptz - interval '400 days');
