-- What applications inserted into error_logs and Selfheal has not filed, in the order of arrival.
-- needs: SELECT on selfheal_error_logs.arrived
-- since: 13
-- rows: 500
SELECT number, error_code, error_message, source, created_at
FROM selfheal_error_logs.arrived
ORDER BY number
LIMIT 500;
