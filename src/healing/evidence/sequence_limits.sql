-- How far the sequences of a name have come, and where they and the columns they feed end.
-- needs: SELECT on the table and its sequences
-- since: 13
-- rows: 50
-- One row for each column that a sequence feeds, or one with empty table columns when there is none. The ends are in the
-- direction in which the sequence counts; last_value is empty when it was never used.
SELECT n.nspname AS sequence_schema, c.relname AS sequence, format_type(s.seqtypid, NULL) AS sequence_type,
       s.seqincrement AS increment, s.seqcycle AS cycles,
       CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END AS sequence_end,
       pg_sequence_last_value(c.oid) AS last_value,
       tn.nspname AS schema, t.relname AS "table", a.attname AS "column", format_type(base.oid, NULL) AS column_type,
       CASE WHEN s.seqincrement > 0 THEN y.most ELSE -y.most - 1 END AS column_end,
       pg_table_size(t.oid) AS size_bytes
FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_sequence s ON s.seqrelid = c.oid
     LEFT JOIN LATERAL (
       SELECT d.refobjid AS relation, d.refobjsubid::int AS attribute FROM pg_depend d
       WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
             AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
       UNION
       SELECT ad.adrelid, ad.adnum::int FROM pg_depend d JOIN pg_attrdef ad ON ad.oid = d.objid
       WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid) fed ON true
     LEFT JOIN pg_class t ON t.oid = fed.relation
     LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
     LEFT JOIN pg_attribute a ON a.attrelid = fed.relation AND a.attnum = fed.attribute
     LEFT JOIN pg_type ty ON ty.oid = a.atttypid
     LEFT JOIN pg_type base ON base.oid = coalesce(nullif(ty.typbasetype, 0), ty.oid)
     LEFT JOIN LATERAL (SELECT CASE base.oid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
                                             WHEN 'int8'::regtype THEN 9223372036854775807 END AS most) y ON true
WHERE c.relname = :'sequence' AND c.relkind = 'S'
ORDER BY n.nspname, tn.nspname, t.relname, a.attname
LIMIT 50;
