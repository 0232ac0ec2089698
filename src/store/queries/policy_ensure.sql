-- Makes an unedited policy row unless one stands.
INSERT INTO selfheal.policy (tenant, server) VALUES ($1::text, $2::text) ON CONFLICT DO NOTHING;
