-- Adds turns to a chat.
INSERT INTO selfheal.chat_turn (tenant, owner, chat, number, role, text, tools, at)
SELECT $1::text, $2::text, $3::text, number, role, text, tools, at
FROM json_to_recordset($4::json) AS t(number bigint, role text, text text, tools text, at timestamptz);
