-- Writes a treatment with the next number of its tenant.
WITH numbered AS (
  UPDATE selfheal.tenant SET treatment_number = treatment_number + 1 WHERE name = $1::text
  RETURNING treatment_number
)
INSERT INTO selfheal.treatment (tenant, number, incident, server, database, playbook, action, target, target_key,
                                plan_hash, approved_by, statements, undo, state, at, intended_at, report)
SELECT $1::text, numbered.treatment_number, n.incident, n.server, n.database, n.playbook, n.action, n.target,
       n.target_key, n.plan_hash, n.approved_by, n.statements, n.undo, n.state, n.at, n.at, ''
FROM numbered, json_populate_record(NULL::selfheal.treatment, $2::json) n
RETURNING *;
