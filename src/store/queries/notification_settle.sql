-- Ends a claim as $2 says, which holds every column that a program decides, and keeps the try $3 when there was one.
WITH letter AS (
  SELECT * FROM json_populate_record(NULL::selfheal.notification, $2::json)
), settled AS (
  UPDATE selfheal.notification n
  SET is_waiting = l.is_waiting OR n.changes <> l.changes,
      due_at = l.due_at, lease_until = NULL, attempts = l.attempts, failing_since = l.failing_since,
      parked_at = CASE WHEN n.changes = l.changes THEN l.parked_at END, last_answer = l.last_answer, told = l.told,
      remind_at = l.remind_at, receipt = l.receipt, instead_of = l.instead_of
  FROM letter l
  WHERE n.tenant = $1::text AND n.channel = l.channel AND n.incident = l.incident
)
INSERT INTO selfheal.notification_delivery (tenant, channel, incident, at, change, outcome, answer, attempt, took_us,
                                            notice)
SELECT $1::text, channel, incident, at, change, outcome, answer, attempt, took_us, notice
FROM json_populate_record(NULL::selfheal.notification_delivery, $3::json)
WHERE $3::text IS NOT NULL;
