-- Forgets a chat of owner $2 with its turns.
DELETE FROM selfheal.chat WHERE tenant = $1::text AND owner = $2::text AND id = $3::text;
