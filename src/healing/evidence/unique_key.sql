-- What a unique constraint of that name guards, and how its columns get their values: sequences with their state.
-- needs: SELECT on the table and its sequences
-- since: 13
-- rows: 50
-- One row for each key column of each unique index of that name; max_value is the highest value in the column.
SELECT n.nspname AS schema, t.relname AS "table", tr.nspname AS root_schema, rt.relname AS root_table,
       i.indisprimary AS is_primary, cardinality(i.indkey::int2[]) AS key_columns, k.position, a.attname AS "column",
       format_type(a.atttypid, a.atttypmod) AS column_type,
       ra.attidentity = 'a' AS generated_always,
       sn.nspname AS sequence_schema, sc.relname AS sequence, s.seqincrement AS increment, s.seqcycle AS cycles,
       least(s.seqmax, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
                                       ELSE 9223372036854775807 END) AS value_limit,
       (xpath('/row/last_value/text()', state.row))[1]::text AS last_value,
       (xpath('/row/is_called/text()', state.row))[1]::text = 'true' AS is_called,
       (xpath('/row/max/text()', highest.row))[1]::text AS max_value
FROM pg_class ic
     JOIN pg_index i ON i.indexrelid = ic.oid AND i.indisunique
     JOIN pg_class t ON t.oid = i.indrelid
     JOIN pg_namespace n ON n.oid = t.relnamespace
     CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
     JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0
     JOIN pg_class rt ON rt.oid = coalesce(pg_partition_root(t.oid), t.oid)
     JOIN pg_namespace tr ON tr.oid = rt.relnamespace
     JOIN pg_attribute ra ON ra.attrelid = rt.oid AND ra.attname = a.attname AND NOT ra.attisdropped
     LEFT JOIN LATERAL (
       SELECT d.objid AS oid FROM pg_depend d
       WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'i' AND d.refclassid = 'pg_class'::regclass
             AND d.refobjid = rt.oid AND d.refobjsubid = ra.attnum AND d.objsubid = 0
             AND EXISTS (SELECT FROM pg_sequence q WHERE q.seqrelid = d.objid)
       UNION
       SELECT d.refobjid FROM pg_attrdef ad
              JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = ad.oid
                                  AND d.refclassid = 'pg_class'::regclass
              JOIN pg_sequence q ON q.seqrelid = d.refobjid
       WHERE ad.adrelid = rt.oid AND ad.adnum = ra.attnum
             AND pg_get_expr(ad.adbin, ad.adrelid) ~ '^nextval\(''.*''::regclass\)$'
     ) owned ON true
     LEFT JOIN pg_sequence s ON s.seqrelid = owned.oid
     LEFT JOIN pg_class sc ON sc.oid = owned.oid
     LEFT JOIN pg_namespace sn ON sn.oid = sc.relnamespace
     LEFT JOIN LATERAL (
       SELECT query_to_xml(format('SELECT last_value, is_called FROM %I.%I', sn.nspname, sc.relname),
                           false, true, '') AS row WHERE sc.oid IS NOT NULL) state ON true
     LEFT JOIN LATERAL (
       SELECT query_to_xml(format('SELECT max(%I) FROM %I.%I', ra.attname, tr.nspname, rt.relname),
                           false, true, '') AS row WHERE sc.oid IS NOT NULL) highest ON true
WHERE ic.relname = :'constraint'
ORDER BY n.nspname, t.relname, k.position;
