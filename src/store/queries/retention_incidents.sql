-- Forgets incidents that closed and were last seen before $2, with their timeline and treatments.
DELETE FROM selfheal.incident
WHERE tenant = $1::text AND last_seen < $2::timestamptz
  AND closed_at < $2::timestamptz
  AND NOT EXISTS (SELECT FROM selfheal.incident m
                  WHERE m.tenant = $1::text AND m.merged_into = incident.number AND m.last_seen >= $2::timestamptz);
