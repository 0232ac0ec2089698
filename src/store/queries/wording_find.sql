-- What was worded under key $2.
SELECT json FROM selfheal.wording WHERE tenant = $1::text AND key = $2::text;
