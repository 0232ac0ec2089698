-- How many incidents are in each state.
SELECT state, count(*) AS incidents FROM selfheal.incident
WHERE tenant = $1::text AND merged_into IS NULL
GROUP BY state;
