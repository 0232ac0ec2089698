-- Writes where a treatment stands. What it is and what it may do never changes.
UPDATE selfheal.treatment t
SET state = n.state, at = n.at, acted_at = n.acted_at, undo = n.undo, report = n.report, verdict = n.verdict
FROM json_populate_record(NULL::selfheal.treatment, $2::json) n
WHERE t.tenant = $1::text AND t.number = n.number
RETURNING t.*;
