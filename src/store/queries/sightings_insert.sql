-- Keeps one row per batch and fingerprint, redacted.
INSERT INTO selfheal.sighting (tenant, server, incident, at, last_seen, count, intake, family, fingerprint,
                               redacted_message, statement_shape, exemplar, filed_at)
SELECT $1::text, $2::text, incident, at, last_seen, count, intake, family, fingerprint,
       redacted_message, statement_shape, exemplar, $4::timestamptz
FROM json_populate_recordset(NULL::selfheal.sighting, $3::json);
