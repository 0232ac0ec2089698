-- Appends one entry to the audit trail.
SELECT selfheal.append_audit(tenant => $1::text, at => $2::timestamptz, actor => $3::text, what => $4::text,
                             subject => $5::text, body => $6::text) AS sequence;
