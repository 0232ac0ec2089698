-- A page of treatments, newest first.
SELECT * FROM selfheal.treatment
WHERE tenant = $1::text
  AND ($2::text[] IS NULL OR state = ANY ($2::text[]))
  AND ($3::text IS NULL OR server = $3::text)
  AND ($4::bigint IS NULL OR incident = $4::bigint)
  AND ($5::bigint IS NULL OR number < $5::bigint)
ORDER BY number DESC
LIMIT $6::bigint;
