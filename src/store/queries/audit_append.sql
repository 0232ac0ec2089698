-- Appends one entry to the audit trail.
SELECT selfheal.append_audit($1::text, $2::timestamptz, $3::text, $4::text, $5::text, $6::text) AS sequence;
