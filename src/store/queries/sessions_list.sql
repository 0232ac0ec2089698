-- Who is signed in where.
SELECT token_hash, person, began_at, used_at FROM selfheal.session WHERE tenant = $1::text;
