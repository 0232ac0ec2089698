-- One person, who stays as they are until the end of the transaction.
SELECT * FROM selfheal.person WHERE tenant = $1::text AND id = $2::bigint FOR UPDATE;
