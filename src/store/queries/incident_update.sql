-- Writes an incident with its timeline entries ($4), when nothing but counts changed since rev $3. The counts stay.
WITH changed AS (
  UPDATE selfheal.incident i
  SET rev = i.rev + 1, decided_rev = i.rev + 1,
      state = n.state, category = n.category, category7 = n.category7, severity = n.severity,
      transience = n.transience, auto_fixable = n.auto_fixable, condition = n.condition, class_why = n.class_why,
      relieved_at = n.relieved_at, closed_at = n.closed_at,
      redacted_message = n.redacted_message, statement_shape = n.statement_shape,
      diagnosis = n.diagnosis, plan = n.plan, verdict = n.verdict
  FROM json_populate_record(NULL::selfheal.incident, $2::json) n
  WHERE i.tenant = $1::text AND i.number = n.number AND i.decided_rev <= $3::bigint AND $3::bigint <= i.rev
    AND i.merged_into IS NULL
  RETURNING i.*
), told AS (
  INSERT INTO selfheal.incident_timeline (tenant, incident, at, what, text)
  SELECT $1::text, changed.number, e.at, e.what, e.text
  FROM changed, json_to_recordset($4::json) AS e(at timestamptz, what text, text text)
)
SELECT * FROM changed;
