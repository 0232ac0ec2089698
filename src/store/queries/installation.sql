-- What tells this store's tenant from one of the same name in another store.
SELECT name || '@' || (extract(epoch FROM created_at) * 1000000)::bigint AS installation
FROM selfheal.tenant WHERE name = $1::text;
