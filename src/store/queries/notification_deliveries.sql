-- A page of tries to deliver, newest first: of channel $2, of incident $3, with outcome $4, before number $5.
SELECT * FROM selfheal.notification_delivery
WHERE tenant = $1::text
  AND ($2::text IS NULL OR channel = $2::text)
  AND ($3::bigint IS NULL OR incident = $3::bigint)
  AND ($4::text IS NULL OR outcome = $4::text)
  AND ($5::bigint IS NULL OR number < $5::bigint)
ORDER BY number DESC
LIMIT $6::bigint;
