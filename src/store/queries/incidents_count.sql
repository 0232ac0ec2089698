-- Writes what filing changed on known incidents: the counts, and the state of the reopened.
UPDATE selfheal.incident i
SET rev = n.rev,
    decided_rev = CASE WHEN n.state = i.state THEN i.decided_rev ELSE n.rev END,
    state = n.state,
    events = n.events, first_seen = n.first_seen, last_seen = n.last_seen,
    relieved_at = n.relieved_at, closed_at = n.closed_at, plan = n.plan, verdict = n.verdict
FROM json_populate_recordset(NULL::selfheal.incident, $2::json) n
WHERE i.tenant = $1::text AND i.number = n.number;
