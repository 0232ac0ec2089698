-- Adds the $3 items of $4 to an incident and tells how many it had: the first new one is the next number.
WITH counted AS (
  UPDATE selfheal.incident SET evidence_count = evidence_count + $3::bigint
  WHERE tenant = $1::text AND number = $2::bigint
  RETURNING evidence_count - $3::bigint AS had
), kept AS (
  INSERT INTO selfheal.evidence (tenant, incident, number, at, probe, status, why, took_us, sql, columns, rows, filed_at)
  SELECT $1::text, $2::bigint, counted.had + e.number, e.at, e.probe, e.status, e.why, e.took_us, e.sql, e.columns,
         e.rows, $5::timestamptz
  FROM counted, json_populate_recordset(NULL::selfheal.evidence, $4::json) e
)
SELECT had FROM counted;
