-- Forgets what was worded longest ago, beyond $2 of them.
DELETE FROM selfheal.wording
WHERE tenant = $1::text
  AND key IN (SELECT key FROM selfheal.wording WHERE tenant = $1::text ORDER BY at DESC, key OFFSET $2::bigint);
