-- Makes the tenant's row unless it stands.
INSERT INTO selfheal.tenant (name, created_at) VALUES ($1::text, $2::timestamptz) ON CONFLICT DO NOTHING;
