-- A page of incidents, newest first, without those merged into another.
SELECT * FROM selfheal.incident
WHERE tenant = $1::text AND merged_into IS NULL
  AND ($2::text[] IS NULL OR state = ANY ($2::text[]))
  AND ($3::text IS NULL OR category = $3::text)
  AND ($4::text IS NULL OR severity = $4::text)
  AND ($5::text IS NULL OR server = $5::text)
  AND ($6::timestamptz IS NULL OR last_seen >= $6::timestamptz)
  AND ($7::bigint IS NULL OR number < $7::bigint)
ORDER BY number DESC
LIMIT $8::bigint;
