-- Remembers it, in the transaction that writes. No row when it no longer stands where the writer thinks ($3).
-- needs: INSERT, UPDATE on selfheal_error_logs.written
-- since: 13
-- rows: 0
INSERT INTO selfheal_error_logs.written AS w (installation, number) VALUES ($1::text, $2::bigint)
ON CONFLICT (installation) DO UPDATE SET number = excluded.number WHERE w.number = $3::bigint;
