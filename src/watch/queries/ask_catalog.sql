-- What the catalog knows about the names of a statement that a person or a model wrote: functions, operators and types
-- outside pg_catalog, the relations as this session would find them, and what runs there though no name says so.
-- needs: nothing
-- since: 14
-- rows: 5000
-- $1 functions, $2 operators, $3 types, $4 and $5 schemas and names of relations, $6 columns and fields.
WITH RECURSIVE extension_of AS (
  SELECT d.classid, d.objid, e.extname
  FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
  WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'),
found AS (
  SELECT u.schema, u.name,
         to_regclass(CASE WHEN u.schema = '' THEN quote_ident(u.name)
                          ELSE quote_ident(u.schema) || '.' || quote_ident(u.name) END)::oid AS oid
  FROM unnest($4::text[], $5::text[]) AS u (schema, name)),
-- Code of an extension itself, in C, that does not say it changes something.
compiled AS (
  SELECT p.oid
  FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang JOIN extension_of x ON x.classid = 'pg_proc'::regclass AND x.objid = p.oid
  WHERE l.lanname IN ('c', 'internal') AND p.provolatile <> 'v'),
named_type AS (
  SELECT t.oid, t.typname, t.typnamespace, t.typtype, t.typelem, t.typinput
  FROM pg_type t
  WHERE t.typname = ANY ($3::text[]) OR t.typname = ANY ($6::text[])),
-- What a value of a type is made of: rows of fields, arrays of elements, ranges of bounds.
part_of_named (whole, part) AS (
  SELECT oid, oid FROM named_type
  UNION
  SELECT w.whole, p.part
  FROM part_of_named w JOIN pg_type t ON t.oid = w.part
       CROSS JOIN LATERAL (SELECT t.typelem AS part WHERE t.typelem <> 0
                           UNION ALL SELECT a.atttypid FROM pg_attribute a
                                     WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped
                           UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)) p),
-- The types of what is read: named, rows of relations, their columns, and what those are made of.
read_type AS (
  SELECT part AS oid FROM part_of_named
  UNION
  SELECT c.reltype FROM found f JOIN pg_class c ON c.oid = f.oid
  UNION
  SELECT a.atttypid FROM found f JOIN pg_attribute a ON a.attrelid = f.oid WHERE NOT a.attisdropped
  UNION
  SELECT p.part
  FROM read_type r JOIN pg_type t ON t.oid = r.oid
       CROSS JOIN LATERAL (SELECT t.typelem AS part WHERE t.typelem <> 0
                           UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
                           UNION ALL SELECT a.atttypid FROM pg_attribute a
                                     WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND NOT a.attisdropped
                           UNION ALL SELECT g.rngsubtype FROM pg_range g WHERE t.oid IN (g.rngtypid, g.rngmultitypid)) p),
-- Types of the installation that no value of the statement can have: neither read nor named nor what those become by
-- themselves. An operator that takes one cannot be called.
near_type AS (
  SELECT oid FROM read_type
  UNION
  SELECT k.casttarget FROM pg_cast k JOIN read_type r ON r.oid = k.castsource WHERE k.castcontext = 'i'),
far_type AS (
  SELECT t.oid
  FROM pg_type t
  WHERE t.typtype <> 'p' AND t.typnamespace <> 'pg_catalog'::regnamespace
        AND t.oid NOT IN (SELECT oid FROM near_type) AND t.typelem NOT IN (SELECT oid FROM near_type)
        AND NOT EXISTS (SELECT FROM pg_range g WHERE g.rngmultitypid = t.oid AND g.rngtypid IN (SELECT oid FROM near_type))
        AND NOT EXISTS (SELECT FROM extension_of x WHERE x.classid = 'pg_type'::regclass AND x.objid IN (t.oid, t.typelem))),
-- Partitions and children are read with their parent.
child_of (oid, child) AS (
  SELECT oid, oid FROM found WHERE oid IS NOT NULL
  UNION
  SELECT c.oid, i.inhrelid FROM child_of c JOIN pg_inherits i ON i.inhparent = c.child)
SELECT 'function' AS what, '' AS used_schema, '' AS used_name, n.nspname::text AS schema, p.proname::text AS name,
       coalesce(x.extname::text, '') AS extension, p.provolatile::text AS kind,
       p.pronargs - p.pronargdefaults <= 1 AND p.pronargs >= 1 AND t.typtype IN ('c', 'p', 'd') AS flag,
       '' AS definition, '{}'::text[] AS hidden, n.nspname = ANY (current_schemas(true)) AS is_on_path
FROM pg_proc p
     JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname <> 'pg_catalog'
     LEFT JOIN pg_type t ON t.oid = p.proargtypes[0]
     LEFT JOIN extension_of x ON x.classid = 'pg_proc'::regclass AND x.objid = p.oid
WHERE p.proname = ANY ($1::text[]) OR p.proname = ANY ($6::text[])
UNION ALL
SELECT 'operator', '', '', n.nspname, o.oprname, coalesce(x.extname, ''), 'o',
       x.extname IS NOT NULL AND o.oprcode IN (SELECT oid FROM compiled), '', '{}',
       n.nspname = ANY (current_schemas(true)) AND NOT EXISTS (SELECT FROM far_type t WHERE t.oid IN (o.oprleft, o.oprright))
FROM pg_operator o
     JOIN pg_namespace n ON n.oid = o.oprnamespace AND n.nspname <> 'pg_catalog'
     LEFT JOIN extension_of x ON x.classid = 'pg_operator'::regclass AND x.objid = o.oid
WHERE o.oprname = ANY ($2::text[])
UNION ALL
SELECT 'type', '', '', n.nspname, t.typname, coalesce(x.extname, ''),
       CASE WHEN EXISTS (SELECT FROM part_of_named w JOIN pg_type d ON d.oid = w.part
                         WHERE w.whole = t.oid AND d.typtype = 'd' AND d.typnamespace <> 'information_schema'::regnamespace)
            THEN 'd' ELSE t.typtype::text END,
       x.extname IS NOT NULL AND t.typtype = 'b' AND t.typelem = 0 AND t.typinput IN (SELECT oid FROM compiled), '', '{}',
       n.nspname = ANY (current_schemas(true))
FROM named_type t
     JOIN pg_namespace n ON n.oid = t.typnamespace AND n.nspname <> 'pg_catalog'
     LEFT JOIN extension_of x ON x.classid = 'pg_type'::regclass AND x.objid = t.oid
WHERE n.nspname <> 'information_schema'
UNION ALL
SELECT 'cast', '', '', n.nspname, p.proname, coalesce(x.extname, ''), 'f', p.oid IN (SELECT oid FROM compiled), '', '{}', true
FROM pg_cast k
     JOIN pg_proc p ON p.oid = k.castfunc
     JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname <> 'pg_catalog'
     LEFT JOIN extension_of x ON x.classid = 'pg_proc'::regclass AND x.objid = p.oid
-- What comes with the server has smaller numbers.
WHERE k.castfunc >= 16384
      AND (k.castsource IN (SELECT oid FROM read_type)
           OR k.casttarget IN (SELECT oid FROM named_type WHERE typnamespace <> 'pg_catalog'::regnamespace))
UNION ALL
SELECT 'relation', f.schema, f.name, coalesce(n.nspname, ''), coalesce(c.relname, ''), coalesce(x.extname, ''),
       CASE WHEN EXISTS (SELECT FROM child_of h JOIN pg_class k ON k.oid = h.child
                         WHERE h.oid = c.oid AND k.relkind = 'f')
            THEN 'f' ELSE coalesce(c.relkind::text, '') END,
       c.oid IS NOT NULL AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT'),
       CASE WHEN c.relkind = 'v' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
            THEN pg_get_viewdef(c.oid) ELSE '' END,
       -- Whether this role sees a secret there: computed names tell nothing about which setting is meant.
       CASE WHEN c.oid = 'pg_catalog.pg_settings'::regclass
            THEN CASE WHEN EXISTS (SELECT FROM pg_settings s
                                   WHERE s.vartype = 'string' AND s.setting <> ''
                                         AND (s.name ~ '(conninfo|passphrase|password|secret|token)'
                                              OR s.setting ~* '(passw|secret|token|_key|key *=|://[^ /]+:[^ /]+@)'))
                      THEN '{setting,boot_val,reset_val}'::text[] ELSE '{}' END
            WHEN c.relkind = 'S' OR has_table_privilege(c.oid, 'SELECT') THEN '{}'
            ELSE array(SELECT a.attname::text FROM pg_attribute a
                       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                             AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')) END, true
FROM found f
     LEFT JOIN pg_class c ON c.oid = f.oid
     LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN extension_of x ON x.classid = 'pg_class'::regclass AND x.objid = c.oid;
