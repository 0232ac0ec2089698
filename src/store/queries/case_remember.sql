-- Remembers what became of a remedy; the last word about the same incident and action holds.
INSERT INTO selfheal.past_case (tenant, fingerprint, family, incident, cause, action, verdict, at)
VALUES ($1::text, $2::text, $3::text, $4::bigint, $5::text, $6::text, $7::text, $8::timestamptz)
ON CONFLICT (tenant, fingerprint, incident, action) DO UPDATE
SET cause = excluded.cause, verdict = excluded.verdict, at = excluded.at;
