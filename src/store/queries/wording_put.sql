-- Keeps what was worded under key $2.
INSERT INTO selfheal.wording (tenant, key, json, at) VALUES ($1::text, $2::text, $3::text, $4::timestamptz)
ON CONFLICT (tenant, key) DO UPDATE SET json = excluded.json, at = excluded.at;
