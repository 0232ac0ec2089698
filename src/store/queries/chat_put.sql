-- Begins a chat of owner $2, or gives it another title.
INSERT INTO selfheal.chat (tenant, owner, id, title, about, server, at)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::bigint, $6::text, $7::timestamptz)
ON CONFLICT (tenant, owner, id) DO UPDATE SET title = excluded.title, about = excluded.about, server = excluded.server, at = excluded.at;
