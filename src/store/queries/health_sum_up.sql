-- Sums up samples of server $2 to minutes, and minutes to hours, as far as they are complete at $3 and not summed up yet:
-- at most three hours of samples and three days of minutes. An hour follows a minute after its last minute.
WITH done AS (
  SELECT (SELECT max(s.at) FROM selfheal.health_sample s
          WHERE s.tenant = $1::text AND s.server = $2::text AND s.step = 60) AS minute,
         (SELECT max(s.at) FROM selfheal.health_sample s
          WHERE s.tenant = $1::text AND s.server = $2::text AND s.step = 3600) AS hour
), minutes AS (
  SELECT date_trunc('minute', s.at) AS at, v.number, avg(v.value) AS mean, min(v.value) AS least, max(v.value) AS most
  FROM done d
       JOIN selfheal.health_sample s
         ON s.tenant = $1::text AND s.server = $2::text AND s.step = 5 AND s.at < date_trunc('minute', $3::timestamptz)
            AND s.at >= greatest(d.minute + interval '1 minute', $3::timestamptz - interval '3 hours')
       CROSS JOIN LATERAL unnest(s.mean) WITH ORDINALITY AS v (value, number)
  GROUP BY 1, 2
), hours AS (
  SELECT date_trunc('hour', s.at) AS at, v.number, avg(v.mean) AS mean, min(v.least) AS least, max(v.most) AS most
  FROM done d
       JOIN selfheal.health_sample s
         ON s.tenant = $1::text AND s.server = $2::text AND s.step = 60
            AND s.at < date_trunc('hour', $3::timestamptz - interval '2 minutes')
            AND s.at >= greatest(d.hour + interval '1 hour', $3::timestamptz - interval '3 days')
       CROSS JOIN LATERAL unnest(s.mean, s.least, s.most) WITH ORDINALITY AS v (mean, least, most, number)
  GROUP BY 1, 2
)
INSERT INTO selfheal.health_sample (tenant, server, step, at, mean, least, most)
SELECT $1::text, $2::text, 60, m.at, array_agg(m.mean::real ORDER BY m.number), array_agg(m.least ORDER BY m.number),
       array_agg(m.most ORDER BY m.number)
FROM minutes m GROUP BY m.at
UNION ALL
SELECT $1::text, $2::text, 3600, h.at, array_agg(h.mean::real ORDER BY h.number), array_agg(h.least ORDER BY h.number),
       array_agg(h.most ORDER BY h.number)
FROM hours h GROUP BY h.at
ON CONFLICT DO NOTHING;
