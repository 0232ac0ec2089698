-- Takes away the sessions that ended: unused since $2, or begun before $3; and of each person all but the $4 last used.
DELETE FROM selfheal.session s
WHERE s.tenant = $1::text
  AND (s.used_at < $2::timestamptz OR s.began_at < $3::timestamptz
       OR s.token_hash IN (SELECT o.token_hash
                           FROM (SELECT token_hash, row_number() OVER (PARTITION BY person ORDER BY used_at DESC) AS place
                                 FROM selfheal.session WHERE tenant = $1::text) o
                           WHERE o.place > $4::bigint));
