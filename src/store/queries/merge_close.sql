-- Closes incident $2, and sends it and whatever was merged into it before to $3.
UPDATE selfheal.incident
SET rev = rev + 1, decided_rev = rev + 1, state = 'resolved', closed_at = coalesce(closed_at, $4::timestamptz),
    merged_into = $3::bigint, plan = NULL
WHERE tenant = $1::text AND (number = $2::bigint OR merged_into = $2::bigint);
