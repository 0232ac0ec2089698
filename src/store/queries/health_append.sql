-- Keeps samples of server $2: $3 their times, $4 their values as array texts.
INSERT INTO selfheal.health_sample (tenant, server, step, at, mean)
SELECT $1::text, $2::text, 5, s.at, s.mean::real[]
FROM unnest($3::timestamptz[], $4::text[]) AS s (at, mean)
ON CONFLICT DO NOTHING;
