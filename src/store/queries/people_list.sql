-- Everybody, by name.
SELECT * FROM selfheal.person WHERE tenant = $1::text ORDER BY lower(name), id;
