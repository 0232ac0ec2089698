-- Changes a setting.
INSERT INTO selfheal.setting (tenant, name, value) VALUES ($1::text, $2::text, $3::double precision)
ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value;
