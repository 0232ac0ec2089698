-- The last $4 turns of a chat, oldest first.
SELECT role, text, tools, at FROM (
  SELECT * FROM selfheal.chat_turn
  WHERE tenant = $1::text AND owner = $2::text AND chat = $3::text
  ORDER BY number DESC
  LIMIT $4::bigint
) AS last
ORDER BY number;
