-- One chat of owner $2.
SELECT * FROM selfheal.chat WHERE tenant = $1::text AND owner = $2::text AND id = $3::text;
