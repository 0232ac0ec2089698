-- Adds the counts of incident $2 to $3.
UPDATE selfheal.incident i
SET rev = i.rev + 1, decided_rev = i.rev + 1,
    events = i.events + m.events,
    first_seen = least(i.first_seen, m.first_seen),
    last_seen = greatest(i.last_seen, m.last_seen),
    evidence_count = i.evidence_count + m.evidence_count
FROM selfheal.incident m
WHERE i.tenant = $1::text AND i.number = $3::bigint AND m.tenant = $1::text AND m.number = $2::bigint
RETURNING i.*;
