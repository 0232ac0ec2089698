-- Moves the sightings of incident $2 to $3.
UPDATE selfheal.sighting SET incident = $3::bigint WHERE tenant = $1::text AND incident = $2::bigint;
