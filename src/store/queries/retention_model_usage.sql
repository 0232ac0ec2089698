-- Forgets what a model used up on days before $2.
DELETE FROM selfheal.model_usage WHERE tenant = $1::text AND day < ($2::timestamptz AT TIME ZONE 'UTC')::date;
