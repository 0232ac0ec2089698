-- Forgets what was filed: exactly the rows that were read, because a smaller number may still be on its way.
-- needs: DELETE on selfheal_error_logs.arrived
-- since: 13
-- rows: 0
DELETE FROM selfheal_error_logs.arrived WHERE number = ANY ($1::bigint[]);
