-- The troubles of new incidents ($2). Of one that is known the first texts stay: by them it is found.
WITH state AS (
  UPDATE selfheal.tenant SET memory_state = memory_state + json_array_length($2::json) WHERE name = $1::text
  RETURNING memory_state - json_array_length($2::json) AS before
), latest AS (
  SELECT DISTINCT ON (fingerprint) * FROM json_populate_recordset(NULL::selfheal.memory_case, $2::json)
  ORDER BY fingerprint, incident DESC
)
INSERT INTO selfheal.memory_case (
  tenant, fingerprint, family, sqlstate, condition, cause, title, message, detail, hint, context, statement, incident,
  incidents, last_seen, changed)
SELECT
  $1::text, fingerprint, family, sqlstate, condition, '', '', message, detail, hint, context, statement, incident,
  1, last_seen, before + row_number() OVER (ORDER BY incident)
FROM latest, state
ON CONFLICT (tenant, fingerprint) DO UPDATE
SET incident = excluded.incident, incidents = memory_case.incidents + 1, last_seen = excluded.last_seen,
    changed = excluded.changed;
