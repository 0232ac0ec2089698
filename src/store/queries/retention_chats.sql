-- Forgets chats that did not change since $2, with their turns.
DELETE FROM selfheal.chat WHERE tenant = $1::text AND at < $2::timestamptz;
