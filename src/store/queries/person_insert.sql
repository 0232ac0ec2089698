-- A new person.
INSERT INTO selfheal.person (tenant, name, role, slack_user, created_at)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::timestamptz)
RETURNING *;
