-- Settings with which data may be lost or damage may go unnoticed. value: 2 data can be lost, 1 only the commits of the
-- last moments.
-- needs: nothing
-- since: 13
-- rows: 20
-- scope: server
SELECT s.name AS object, k.value::float8 AS value, format('%s is %s: %s', s.name, s.setting, k.why) AS detail
FROM (VALUES ('fsync', 'off', 2, 'a crash of the machine can destroy the whole database'),
             ('full_page_writes', 'off', 2, 'a crash of the machine can leave torn pages that nobody can repair'),
             ('zero_damaged_pages', 'on', 2, 'a damaged page is replaced by an empty one'),
             ('ignore_checksum_failure', 'on', 2, 'a damaged page is read as if it were whole'),
             ('synchronous_commit', 'off', 1, 'commits of the last moments are lost in a crash; nothing else is')) AS k (name, bad, value, why)
     JOIN pg_settings s ON s.name = k.name AND s.setting = k.bad
ORDER BY k.value DESC, s.name
LIMIT 20;
