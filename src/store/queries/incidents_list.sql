-- A page of incidents, newest first or in another order, without those merged into another.
SELECT * FROM selfheal.incident
WHERE tenant = $1::text AND merged_into IS NULL
  AND ($2::text[] IS NULL OR state = ANY ($2::text[]))
  AND ($3::text IS NULL OR category = $3::text)
  AND ($4::text IS NULL OR severity = $4::text)
  AND ($5::text IS NULL OR server = $5::text)
  AND ($6::timestamptz IS NULL OR last_seen >= $6::timestamptz)
  AND ($7::bigint IS NULL OR number < $7::bigint)
  AND ($9::text = '' OR strpos(lower(concat_ws(' ', 'SH-' || number, diagnosis->>'title', redacted_message,
    statement_shape, sqlstate, category, trouble, diagnosis->>'cause', server, database)), lower($9::text)) > 0)
ORDER BY
  CASE $10::text
    WHEN 'last_seen' THEN extract(epoch FROM last_seen)::double precision
    WHEN 'events' THEN events::double precision
    WHEN 'severity' THEN array_position(ARRAY['low', 'medium', 'high'], coalesce(diagnosis->>'severity', severity))
  END DESC NULLS LAST,
  number DESC
LIMIT $8::bigint OFFSET $11::bigint;
