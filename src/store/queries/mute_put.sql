-- Says how the mute of incident $2 ends: at $4, or with more than $5 events in an hour; $6: with more than twice those of
-- the hour before $3, and more than ten.
INSERT INTO selfheal.incident_mute (tenant, incident, at, ends_at, events_an_hour)
SELECT $1::text, $2::bigint, $3::timestamptz, $4::timestamptz,
       CASE WHEN $5::bigint IS NOT NULL THEN $5::bigint
            WHEN $6::boolean THEN greatest(10, 2 * coalesce(sum(count), 0)::bigint) END
FROM selfheal.sighting
WHERE tenant = $1::text AND incident = $2::bigint AND at > $3::timestamptz - interval '1 hour'
ON CONFLICT (tenant, incident) DO UPDATE
SET at = excluded.at, ends_at = excluded.ends_at, events_an_hour = excluded.events_an_hour;
