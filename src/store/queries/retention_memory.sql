-- Forgets cases that were only seen and whose incidents are gone, before $2, and of the others that were only seen all
-- but the $3 newest. What was proven stays: it is small, and experience is worth more the longer it reaches back.
WITH seen AS (
  SELECT c.fingerprint, row_number() OVER (ORDER BY c.changed DESC) AS place,
         c.last_seen < $2::timestamptz
           AND NOT EXISTS (SELECT FROM selfheal.incident i
                           WHERE i.tenant = $1::text AND i.fingerprint = c.fingerprint) AS is_over
  FROM selfheal.memory_case c
  WHERE c.tenant = $1::text
    AND NOT EXISTS (SELECT FROM selfheal.past_case p
                    WHERE p.tenant = $1::text AND p.fingerprint = c.fingerprint
                      AND (p.verdict <> 'unknown' OR p.note <> ''))
), gone AS (
  DELETE FROM selfheal.memory_case c USING seen
  WHERE c.tenant = $1::text AND c.fingerprint = seen.fingerprint AND (seen.is_over OR seen.place > $3::bigint)
  RETURNING c.fingerprint
), with_them AS (
  DELETE FROM selfheal.past_case p USING gone WHERE p.tenant = $1::text AND p.fingerprint = gone.fingerprint
)
UPDATE selfheal.tenant SET memory_state = memory_state + 1, memory_forgotten = memory_state + 1
WHERE name = $1::text AND EXISTS (SELECT FROM gone);
