-- The mutes of muted incidents with the events of the last hour before $2. One without an end gets $3.
WITH endless AS (
  INSERT INTO selfheal.incident_mute (tenant, incident, at, ends_at)
  SELECT i.tenant, i.number, $2::timestamptz, $3::timestamptz
  FROM selfheal.incident i
  WHERE i.tenant = $1::text AND i.state = 'muted'
    AND NOT EXISTS (SELECT FROM selfheal.incident_mute m WHERE m.tenant = i.tenant AND m.incident = i.number)
  ON CONFLICT DO NOTHING
  RETURNING *
)
SELECT m.*, i.server,
       (SELECT coalesce(sum(s.count), 0)::bigint FROM selfheal.sighting s
        WHERE s.tenant = m.tenant AND s.incident = m.incident
          AND s.at > $2::timestamptz - interval '1 hour') AS events_last_hour
FROM (SELECT * FROM selfheal.incident_mute WHERE tenant = $1::text UNION ALL SELECT * FROM endless) m
JOIN selfheal.incident i ON i.tenant = m.tenant AND i.number = m.incident AND i.state = 'muted';
