-- Remembers what became of an incident; the last word about the same incident, action and treatment holds.
WITH state AS (
  UPDATE selfheal.tenant SET memory_state = memory_state + 1 WHERE name = $1::text RETURNING memory_state
), told AS (
  UPDATE selfheal.memory_case c
  SET cause = coalesce(nullif($5::text, ''), c.cause), changed = state.memory_state
  FROM state
  WHERE c.tenant = $1::text AND c.fingerprint = $2::text
)
INSERT INTO selfheal.past_case (tenant, fingerprint, family, incident, cause, action, verdict, at, ending, note, treatment)
VALUES ($1::text, $2::text, $3::text, $4::bigint, $5::text, $6::text, $7::text, $8::timestamptz, $9::text, $10::text,
        $11::bigint)
ON CONFLICT (tenant, fingerprint, incident, action, treatment) DO UPDATE
SET cause = excluded.cause, verdict = excluded.verdict, at = excluded.at,
    ending = CASE excluded.ending WHEN 'noted' THEN past_case.ending ELSE excluded.ending END,
    note = coalesce(nullif(excluded.note, ''), past_case.note);
