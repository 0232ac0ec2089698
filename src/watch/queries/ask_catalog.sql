-- What the catalog knows about the names of a statement that a person or a model wrote: functions, operators and types
-- outside pg_catalog, and the relations as this session would find them.
-- needs: nothing
-- since: 13
-- rows: 5000
-- $1 functions, $2 operators, $3 types, $4 and $5 schemas and names of relations, $6 columns and fields.
WITH extension_of AS (
  SELECT d.classid, d.objid, e.extname
  FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
  WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'),
found AS (
  SELECT u.schema, u.name,
         to_regclass(CASE WHEN u.schema = '' THEN quote_ident(u.name)
                          ELSE quote_ident(u.schema) || '.' || quote_ident(u.name) END)::oid AS oid
  FROM unnest($4::text[], $5::text[]) AS u (schema, name))
SELECT 'function' AS what, '' AS used_schema, '' AS used_name, n.nspname::text AS schema, p.proname::text AS name,
       coalesce(x.extname::text, '') AS extension, p.provolatile::text AS kind,
       p.pronargs - p.pronargdefaults <= 1 AND p.pronargs >= 1 AND t.typtype IN ('c', 'p', 'd') AS flag,
       '' AS definition, '{}'::text[] AS hidden
FROM pg_proc p
     JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname <> 'pg_catalog'
     LEFT JOIN pg_type t ON t.oid = p.proargtypes[0]
     LEFT JOIN extension_of x ON x.classid = 'pg_proc'::regclass AND x.objid = p.oid
WHERE p.proname = ANY ($1::text[]) OR p.proname = ANY ($6::text[])
UNION ALL
SELECT 'operator', '', '', n.nspname, o.oprname, coalesce(x.extname, ''), 'o', false, '', '{}'
FROM pg_operator o
     JOIN pg_namespace n ON n.oid = o.oprnamespace AND n.nspname <> 'pg_catalog'
     LEFT JOIN extension_of x ON x.classid = 'pg_operator'::regclass AND x.objid = o.oid
WHERE o.oprname = ANY ($2::text[])
UNION ALL
SELECT 'type', '', '', n.nspname, t.typname, coalesce(x.extname, ''), t.typtype::text, false, '', '{}'
FROM pg_type t
     JOIN pg_namespace n ON n.oid = t.typnamespace AND n.nspname <> 'pg_catalog'
     LEFT JOIN extension_of x ON x.classid = 'pg_type'::regclass AND x.objid = t.oid
WHERE (t.typname = ANY ($3::text[]) OR t.typname = ANY ($6::text[]))
      AND n.nspname <> 'information_schema'
UNION ALL
SELECT 'relation', f.schema, f.name, coalesce(n.nspname, ''), coalesce(c.relname, ''), coalesce(x.extname, ''),
       coalesce(c.relkind::text, ''),
       c.oid IS NOT NULL AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT'),
       CASE WHEN c.relkind = 'v' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND x.extname IS NULL
            THEN pg_get_viewdef(c.oid) ELSE '' END,
       CASE WHEN c.relkind = 'S' OR has_table_privilege(c.oid, 'SELECT') THEN '{}'
            ELSE array(SELECT a.attname::text FROM pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                             AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')) END
FROM found f
     LEFT JOIN pg_class c ON c.oid = f.oid
     LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN extension_of x ON x.classid = 'pg_class'::regclass AND x.objid = c.oid;
