-- Where reading of a server's log stands.
SELECT * FROM selfheal.log_checkpoint WHERE tenant = $1::text AND server = $2::text;
