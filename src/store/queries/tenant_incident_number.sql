-- Remembers the last incident number given.
UPDATE selfheal.tenant SET incident_number = $2::bigint WHERE name = $1::text;
