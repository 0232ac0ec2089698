-- What people are allowed to change of person $2.
UPDATE selfheal.person
SET role = $3::text, disabled = $4::boolean, slack_user = $5::text
WHERE tenant = $1::text AND id = $2::bigint
RETURNING *;
