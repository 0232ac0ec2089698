-- All policies: of all servers first, then by server.
SELECT * FROM selfheal.policy WHERE tenant = $1::text ORDER BY server <> '*', server;
