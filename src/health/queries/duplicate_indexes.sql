-- Indexes that repeat another one of the same table: the same columns in the same order, by the same method and
-- condition. value: bytes.
-- needs: nothing
-- since: 13
-- rows: 50
WITH indexes AS (
  SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisprimary,
         row_number() OVER (PARTITION BY i.indrelid, c.relam, i.indkey::text, i.indclass::text, i.indcollation::text,
                                         i.indoption::text, coalesce(pg_get_expr(i.indexprs, i.indrelid), ''),
                                         coalesce(pg_get_expr(i.indpred, i.indrelid), '')
                            ORDER BY i.indisprimary DESC, i.indisunique DESC, i.indexrelid) AS place,
         first_value(i.indexrelid) OVER (PARTITION BY i.indrelid, c.relam, i.indkey::text, i.indclass::text,
                                                      i.indcollation::text, i.indoption::text,
                                                      coalesce(pg_get_expr(i.indexprs, i.indrelid), ''),
                                                      coalesce(pg_get_expr(i.indpred, i.indrelid), '')
                                         ORDER BY i.indisprimary DESC, i.indisunique DESC, i.indexrelid) AS kept
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE i.indisvalid AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND c.relpersistence <> 't')
SELECT format('%I.%I', n.nspname, c.relname) AS object, pg_relation_size(x.indexrelid)::float8 AS value,
       format('repeats %I of %I', k.relname, t.relname) AS detail
FROM indexes x JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_class k ON k.oid = x.kept JOIN pg_class t ON t.oid = x.indrelid
WHERE x.place > 1 AND c.relkind = 'i'
ORDER BY 2 DESC
LIMIT 50;
