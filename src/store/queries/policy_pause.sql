-- Turns the kill switch of a server, or of all ('*'), and tells whether it was turned.
UPDATE selfheal.policy SET paused = $3::boolean, paused_why = $4::text
WHERE tenant = $1::text AND server = $2::text;
