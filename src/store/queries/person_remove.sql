-- Forgets a person, with their links and sessions.
DELETE FROM selfheal.person WHERE tenant = $1::text AND id = $2::bigint RETURNING *;
