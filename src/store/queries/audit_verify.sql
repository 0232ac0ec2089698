-- Walks the audit chain from where retention left it to its head, and tells the first entry that does not fit.
WITH walked AS (
  SELECT a.sequence, a.previous_hash, a.hash,
         lag(a.sequence, 1, t.audit_anchor_sequence) OVER w + 1 AS wanted_sequence,
         lag(a.hash, 1, t.audit_anchor_hash) OVER w AS wanted_previous,
         selfheal.audit_hash(a.tenant, a.previous_hash, a.sequence, a.at, a.actor, a.what, a.subject, a.text) AS wanted
  FROM selfheal.audit a JOIN selfheal.tenant t ON t.name = a.tenant
  WHERE a.tenant = $1::text
  WINDOW w AS (ORDER BY a.sequence)
), breaks AS (
  SELECT sequence,
         CASE WHEN sequence <> wanted_sequence THEN 'entries before it are missing'
              WHEN previous_hash <> wanted_previous THEN 'it does not follow the entry before it'
              ELSE 'it was changed' END AS reason
  FROM walked
  WHERE sequence <> wanted_sequence OR previous_hash <> wanted_previous OR hash <> wanted
  UNION ALL
  SELECT t.audit_sequence, 'the last entries are missing or are not the ones that were written'
  FROM selfheal.tenant t
  LEFT JOIN (SELECT sequence, hash FROM walked ORDER BY sequence DESC LIMIT 1) last ON true
  WHERE t.name = $1::text
    AND (t.audit_sequence <> coalesce(last.sequence, t.audit_anchor_sequence)
         OR t.audit_hash <> coalesce(last.hash, t.audit_anchor_hash))
), first_break AS (SELECT * FROM breaks ORDER BY sequence LIMIT 1)
SELECT (SELECT count(*) FROM walked) AS records,
       (SELECT sequence FROM first_break) AS broken_at,
       (SELECT reason FROM first_break) AS reason;
