-- Adds entries to timelines.
INSERT INTO selfheal.incident_timeline (tenant, incident, at, what, text)
SELECT $1::text, incident, at, what, text
FROM json_to_recordset($2::json) AS e(incident bigint, at timestamptz, what text, text text);
