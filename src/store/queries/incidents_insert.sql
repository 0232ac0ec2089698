-- Writes new incidents.
INSERT INTO selfheal.incident (
  tenant, number, rev, decided_rev, server, database, family, fingerprint, state, category, category7, severity,
  transience, auto_fixable, condition, class_why, sqlstate, trouble, events, first_seen, last_seen,
  redacted_message, statement_shape)
SELECT
  $1::text, number, rev, rev, server, database, family, fingerprint, state, category, category7, severity,
  transience, auto_fixable, condition, class_why, sqlstate, trouble, events, first_seen, last_seen,
  redacted_message, statement_shape
FROM json_populate_recordset(NULL::selfheal.incident, $2::json);
