-- The last error, other than 25P02, that session $3 of server $2 reported before its line $4 at $5, and the incident it
-- belongs to. Nothing for the incident when two of the code lived at that moment.
WITH before AS (
  SELECT at, sqlstate FROM selfheal.event_key
  WHERE tenant = $1::text AND server = $2::text AND session_id = $3::text AND line_number < $4::bigint
    AND at BETWEEN $5::timestamptz - interval '1 day' AND $5::timestamptz
    AND sqlstate NOT IN ('', '25P02') AND sqlstate !~ '^0[012]'
  ORDER BY line_number DESC
  LIMIT 1
), known AS (
  SELECT i.number, i.condition, i.transience FROM before b
  JOIN selfheal.incident i ON i.tenant = $1::text AND i.server = $2::text AND i.sqlstate = b.sqlstate
    AND i.first_seen <= b.at AND i.last_seen >= b.at
  WHERE EXISTS (SELECT FROM selfheal.sighting s
                WHERE s.tenant = $1::text AND s.incident = i.number AND s.at <= b.at AND s.last_seen >= b.at)
)
SELECT b.at, b.sqlstate, k.condition, k.transience, k.number AS incident
FROM before b LEFT JOIN known k ON (SELECT count(*) FROM known) = 1;
