-- Forgets what a model worded before $2.
DELETE FROM selfheal.wording WHERE tenant = $1::text AND at < $2::timestamptz;
