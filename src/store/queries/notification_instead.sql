-- Channel $2 is to be told of incident $3 at once, because of $4; not again when it waits for that or was told so.
INSERT INTO selfheal.notification AS n (tenant, channel, incident, due_at, instead_of)
SELECT $1::text, $2::text, $3::bigint, $5::timestamptz, $4::text
WHERE EXISTS (SELECT FROM selfheal.incident WHERE tenant = $1::text AND number = $3::bigint)
ON CONFLICT (tenant, channel, incident) DO UPDATE
SET changes = n.changes + 1, is_waiting = true, due_at = excluded.due_at, instead_of = excluded.instead_of
WHERE n.instead_of = '';
