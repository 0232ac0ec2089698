-- Points of server $2 from rows of step $3 in [$4, $5), in steps of $6 seconds, for the measures whose places are $7.
SELECT m.place AS measure, to_timestamp(floor(extract(epoch FROM s.at) / $6::float8) * $6::float8) AS at,
       min(coalesce(s.least[m.place], s.mean[m.place])) AS least, avg(s.mean[m.place]) AS mean,
       max(coalesce(s.most[m.place], s.mean[m.place])) AS most
FROM selfheal.health_sample s CROSS JOIN unnest($7::int[]) AS m (place)
WHERE s.tenant = $1::text AND s.server = $2::text AND s.step = $3::int
  AND s.at >= $4::timestamptz AND s.at < $5::timestamptz
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT 20000;
