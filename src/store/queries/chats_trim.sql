-- Forgets the chats of owner $2 that changed longest ago, beyond $3 of them.
DELETE FROM selfheal.chat
WHERE tenant = $1::text AND owner = $2::text
  AND id IN (SELECT id FROM selfheal.chat WHERE tenant = $1::text AND owner = $2::text
             ORDER BY at DESC, id OFFSET $3::bigint);
