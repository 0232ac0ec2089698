-- Where reading of each server's log stands.
SELECT server, file_name, stored_at FROM selfheal.log_checkpoint WHERE tenant = $1::text ORDER BY server;
