-- Makes room for $4 more turns of a chat, and returns the number of the last one; no row when there is no such chat.
UPDATE selfheal.chat
SET last_turn = last_turn + $4::bigint, at = greatest(at, $5::timestamptz)
WHERE tenant = $1::text AND owner = $2::text AND id = $3::text
RETURNING last_turn;
