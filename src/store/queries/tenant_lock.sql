-- Puts the writers of one tenant in order until the end of the transaction, and tells the last incident number.
SELECT incident_number FROM selfheal.tenant WHERE name = $1::text FOR NO KEY UPDATE;
