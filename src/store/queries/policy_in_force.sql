-- The policy of all servers, the one of a server, and whether our store lives on that server.
SELECT p.server, p.default_mode, p.modes, p.values, p.version, p.paused, p.paused_why,
       EXISTS (SELECT FROM selfheal.server s
               WHERE s.tenant = $1::text AND s.name = $2::text
                 AND s.system_identifier = (SELECT c.system_identifier::text FROM pg_control_system() c)) AS store_is_watched
FROM (VALUES ('*'), ($2::text)) AS wanted(server)
LEFT JOIN selfheal.policy p ON p.tenant = $1::text AND p.server = wanted.server;
