-- How much waits for channel $2, what was given up, and when it last got through.
SELECT
  (SELECT count(*) FROM selfheal.notification
   WHERE tenant = $1::text AND channel = $2::text AND is_waiting) AS waiting,
  (SELECT count(*) FROM selfheal.notification
   WHERE tenant = $1::text AND channel = $2::text AND parked_at IS NOT NULL) AS parked,
  (SELECT min(due_at) FROM selfheal.notification
   WHERE tenant = $1::text AND channel = $2::text AND is_waiting) AS oldest_waiting,
  (SELECT max(at) FROM selfheal.notification_delivery
   WHERE tenant = $1::text AND channel = $2::text AND outcome = 'delivered') AS last_delivered;
