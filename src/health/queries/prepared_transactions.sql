-- Transactions that were prepared for two-phase commit and not ended. value: seconds.
-- needs: nothing
-- since: 13
-- rows: 50
-- scope: server
SELECT format('%s, transaction %s', p.database, p.transaction) AS object,
       extract(epoch FROM clock_timestamp() - p.prepared)::float8 AS value,
       format('prepared by %s at %s', p.owner, to_char(p.prepared, 'YYYY-MM-DD HH24:MI')) AS detail
FROM pg_prepared_xacts p
ORDER BY p.prepared
LIMIT 50;
