-- Letters of channel $2 whose time has come at $3, at most $6 of them, lent until $5. New ones become due at $4.
WITH planned AS (
  UPDATE selfheal.notification SET due_at = $4::timestamptz
  WHERE tenant = $1::text AND channel = $2::text AND is_waiting AND due_at IS NULL
), due AS (
  SELECT incident FROM selfheal.notification
  WHERE tenant = $1::text AND channel = $2::text
    AND ((is_waiting AND due_at <= $3::timestamptz) OR remind_at <= $3::timestamptz)
    AND (lease_until IS NULL OR lease_until <= $3::timestamptz)
  ORDER BY coalesce(due_at, remind_at), incident
  LIMIT $6::bigint
  FOR UPDATE SKIP LOCKED
)
UPDATE selfheal.notification n SET lease_until = $5::timestamptz, attempts = n.attempts + 1
FROM due
WHERE n.tenant = $1::text AND n.channel = $2::text AND n.incident = due.incident
RETURNING n.*;
