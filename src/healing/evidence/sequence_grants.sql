-- What a role may do with the sequences of a name, and with the tables whose columns they feed.
-- needs: pg_monitor
-- since: 13
-- rows: 100
-- One row for each column that a sequence feeds or is owned by, or one with empty table columns when there is none.
SELECT n.nspname AS sequence_schema, c.relname AS sequence, pg_get_userbyid(c.relowner) AS owner,
       o.rolsuper AS owner_is_superuser, r.rolname AS user_name,
       has_schema_privilege(r.oid, n.oid, 'USAGE') AS may_use_schema,
       has_sequence_privilege(r.oid, c.oid, 'USAGE') AS may_use, has_sequence_privilege(r.oid, c.oid, 'UPDATE') AS may_update,
       has_sequence_privilege(r.oid, c.oid, 'SELECT') AS may_select,
       ARRAY(SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid AND NOT pg_has_role(r.oid, g.oid, 'USAGE')
                   AND has_sequence_privilege(g.oid, c.oid, 'USAGE, UPDATE')
             ORDER BY g.rolname LIMIT 10) AS not_inherited_from,
       ARRAY(SELECT DISTINCT p.proname FROM pg_proc p WHERE p.prosecdef AND p.proname = ANY (:'functions'::text[])
             ORDER BY 1 LIMIT 10) AS definer_functions,
       tn.nspname AS schema, t.relname AS "table", a.attname AS "column", fed.is_default AS feeds_default,
       has_table_privilege(r.oid, t.oid, 'INSERT') OR has_any_column_privilege(r.oid, t.oid, 'INSERT') AS may_insert
FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_roles o ON o.oid = c.relowner
     JOIN pg_roles r ON r.rolname = :'user'
     LEFT JOIN LATERAL (
       SELECT f.relation, f.attribute, bool_or(f.is_default) AS is_default FROM (
         SELECT d.refobjid AS relation, d.refobjsubid::int AS attribute, d.deptype = 'i' AS is_default FROM pg_depend d
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
               AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
         UNION ALL
         SELECT ad.adrelid, ad.adnum::int, true FROM pg_depend d JOIN pg_attrdef ad ON ad.oid = d.objid
         WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid) f
       GROUP BY f.relation, f.attribute) fed ON true
     LEFT JOIN pg_class t ON t.oid = fed.relation
     LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
     LEFT JOIN pg_attribute a ON a.attrelid = fed.relation AND a.attnum = fed.attribute
WHERE c.relname = :'sequence' AND c.relkind = 'S'
ORDER BY n.nspname, tn.nspname, t.relname, a.attname
LIMIT 100;
