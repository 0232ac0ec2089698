-- Forgets how the mute of incident $2 ends.
DELETE FROM selfheal.incident_mute WHERE tenant = $1::text AND incident = $2::bigint;
