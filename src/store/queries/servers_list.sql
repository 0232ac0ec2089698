-- The watched servers, oldest first.
SELECT * FROM selfheal.server WHERE tenant = $1::text ORDER BY added_at, name;
