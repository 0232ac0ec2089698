-- Moves the evidence of incident $2 to $3, numbered after what is there.
UPDATE selfheal.evidence e
SET incident = $3::bigint, number = e.number + i.evidence_count
FROM selfheal.incident i
WHERE e.tenant = $1::text AND e.incident = $2::bigint AND i.tenant = $1::text AND i.number = $3::bigint;
