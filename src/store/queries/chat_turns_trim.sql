-- Forgets the oldest turns of a chat, beyond $4 of them or $5 bytes; the last one stays.
DELETE FROM selfheal.chat_turn
WHERE tenant = $1::text AND owner = $2::text AND chat = $3::text
  AND number IN (
    SELECT number FROM (
      SELECT number, row_number() OVER newest AS place,
             sum(octet_length(text) + octet_length(tools)) OVER newest AS bytes
      FROM selfheal.chat_turn WHERE tenant = $1::text AND owner = $2::text AND chat = $3::text
      WINDOW newest AS (ORDER BY number DESC)
    ) AS t
    WHERE place > 1 AND (place > $4::bigint OR bytes > $5::bigint));
