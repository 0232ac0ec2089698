-- Keeps the keys that were not filed before, and tells of each sighting ($3's `sighting`) how many are new.
-- An event that another intake saw too (same backend and SQLSTATE, at most $5 apart; $6 are all intakes) is not new.
WITH offered AS MATERIALIZED (
  SELECT DISTINCT ON (session_id, line_number, at) *
  FROM json_to_recordset($3::json) AS e(sighting integer, session_id text, line_number bigint, at timestamptz,
                                        intake text, sqlstate text, pid integer)
  ORDER BY session_id, line_number, at, sighting
), stored AS (
  INSERT INTO selfheal.event_key (tenant, server, session_id, line_number, at, intake, sqlstate, pid, filed_at)
  SELECT $1::text, $2::text, session_id, line_number, at, intake, sqlstate, pid, $4::timestamptz
  FROM offered o
  -- One look for each other intake: with ANY (...) a plan without statistics reads all events of the backend, for each
  -- event, and a storm of one session takes minutes.
  WHERE pid = 0 OR sqlstate = '' OR NOT EXISTS (
    SELECT FROM unnest(array_remove($6::text[], o.intake)) AS other (intake)
    CROSS JOIN LATERAL (
      SELECT FROM selfheal.event_key k
      WHERE k.tenant = $1::text AND k.server = $2::text AND k.pid = o.pid AND k.pid <> 0
        AND k.at BETWEEN o.at - $5::interval AND o.at + $5::interval
        AND k.sqlstate = o.sqlstate AND k.intake = other.intake
      LIMIT 1) seen)
  ON CONFLICT DO NOTHING
  RETURNING session_id, line_number, at
)
SELECT o.sighting, count(*) AS events, min(o.at) AS first_seen, max(o.at) AS last_seen
FROM stored JOIN offered o USING (session_id, line_number, at)
GROUP BY o.sighting;
