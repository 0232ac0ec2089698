-- Forgets tries to deliver beyond the newest $2.
DELETE FROM selfheal.notification_delivery
WHERE tenant = $1::text
  AND number <= (SELECT number FROM selfheal.notification_delivery WHERE tenant = $1::text
                 ORDER BY number DESC OFFSET $2::bigint LIMIT 1);
