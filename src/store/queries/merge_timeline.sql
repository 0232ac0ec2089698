-- Moves the timeline of incident $2 to $3.
UPDATE selfheal.incident_timeline SET incident = $3::bigint WHERE tenant = $1::text AND incident = $2::bigint;
