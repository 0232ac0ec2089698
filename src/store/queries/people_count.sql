-- How many people there are, and how many of them can administer.
SELECT count(*) AS people, count(*) FILTER (WHERE role = 'admin' AND NOT disabled) AS administrators
FROM selfheal.person WHERE tenant = $1::text;
