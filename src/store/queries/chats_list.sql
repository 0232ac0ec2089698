-- Chats of owner $2, the one that changed last first.
SELECT * FROM selfheal.chat WHERE tenant = $1::text AND owner = $2::text
ORDER BY at DESC, id
LIMIT $3::bigint;
