-- The indexes of one relation, their size and how often they were used.
-- needs: nothing
-- since: 13
-- rows: 200
SELECT i.relname AS name, pg_get_indexdef(x.indexrelid) AS definition, x.indisvalid AS is_valid,
       CASE WHEN i.relkind = 'i' THEN pg_relation_size(x.indexrelid)::float8 END AS size,
       pg_stat_get_numscans(x.indexrelid)::float8 AS scans
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_index x ON x.indrelid = c.oid JOIN pg_class i ON i.oid = x.indexrelid
WHERE n.nspname = :'schema' AND c.relname = :'name'
ORDER BY x.indisprimary DESC, i.relname
LIMIT 200;
