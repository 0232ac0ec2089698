-- What the trouble of fingerprint $2 was found to be: cause $3, title $4.
WITH news AS (
  SELECT FROM selfheal.memory_case
  WHERE tenant = $1::text AND fingerprint = $2::text AND (cause, title) <> ($3::text, $4::text)
), state AS (
  UPDATE selfheal.tenant SET memory_state = memory_state + 1
  WHERE name = $1::text AND EXISTS (SELECT FROM news)
  RETURNING memory_state
)
UPDATE selfheal.memory_case c
SET cause = $3::text, title = $4::text, changed = state.memory_state
FROM state
WHERE c.tenant = $1::text AND c.fingerprint = $2::text;
