-- Code that runs when a statement reads these relations and types, or when the server plans it, though no statement names
-- it: policies, domains, ranges, operator classes, rules of views; indexes, checks, partition keys and statistics.
-- needs: nothing
-- since: 14
-- rows: 5000
-- $1 and $2 schemas and names of relations, $3 names of types, columns and fields.
WITH RECURSIVE found AS (
  SELECT to_regclass(CASE WHEN u.schema = '' THEN quote_ident(u.name)
                          ELSE quote_ident(u.schema) || '.' || quote_ident(u.name) END)::oid AS oid
  FROM unnest($1::text[], $2::text[]) AS u (schema, name)),
-- Partitions and children are read with their parent, and what a policy or a view asks with it.
relation (oid) AS (
  SELECT oid FROM found WHERE oid IS NOT NULL
  UNION
  SELECT n.oid
  FROM relation r
       CROSS JOIN LATERAL (SELECT i.inhrelid AS oid FROM pg_inherits i WHERE i.inhparent = r.oid
                           UNION ALL
                           SELECT d.refobjid
                           FROM pg_policy p JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                           WHERE p.polrelid = r.oid AND d.refclassid = 'pg_class'::regclass
                           UNION ALL
                           SELECT d.refobjid
                           FROM pg_rewrite w JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                           WHERE w.ev_class = r.oid AND d.refclassid = 'pg_class'::regclass) n),
value_type (oid) AS (
  SELECT t.oid FROM pg_type t WHERE t.typname = ANY ($3::text[])
  UNION
  SELECT c.reltype FROM found f JOIN pg_class c ON c.oid = f.oid
  UNION
  SELECT p.part
  FROM value_type v JOIN pg_type t ON t.oid = v.oid
       CROSS JOIN LATERAL (SELECT t.typelem AS part WHERE t.typelem <> 0
                           UNION ALL SELECT t.typbasetype WHERE t.typbasetype <> 0
                           UNION ALL SELECT a.atttypid FROM pg_attribute a
                                     WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0 AND NOT a.attisdropped
                           UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE t.oid IN (r.rngtypid, r.rngmultitypid)
                           UNION ALL SELECT r.rngtypid FROM pg_range r WHERE t.oid = r.rngmultitypid) p),
-- `is_planned`: the planner computes what depends on no column; else the whole of it runs.
expression AS (
  SELECT 'the policy ' || p.polname || ' of ' || c.relname AS what, p.polqual::text AS tree, false AS is_planned
  FROM relation r JOIN pg_class c ON c.oid = r.oid JOIN pg_policy p ON p.polrelid = c.oid
  WHERE c.relrowsecurity AND p.polcmd IN ('r', '*')
  UNION ALL
  SELECT 'the view ' || c.relname, w.ev_action::text, false
  FROM relation r JOIN pg_class c ON c.oid = r.oid JOIN pg_rewrite w ON w.ev_class = c.oid
  WHERE c.relkind = 'v' AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
  UNION ALL
  SELECT 'a CHECK of domain ' || t.typname, k.conbin::text, false
  FROM value_type v JOIN pg_type t ON t.oid = v.oid JOIN pg_constraint k ON k.contypid = t.oid
  UNION ALL
  SELECT 'a column of ' || d.adrelid::regclass, d.adbin::text, false
  FROM relation r JOIN pg_attrdef d ON d.adrelid = r.oid JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  WHERE a.attgenerated = 'v'
  UNION ALL
  SELECT 'an index of ' || i.indrelid::regclass, concat(i.indexprs, i.indpred), true
  FROM relation r JOIN pg_index i ON i.indrelid = r.oid
  UNION ALL
  SELECT 'a CHECK of ' || k.conrelid::regclass, k.conbin::text, true
  FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype = 'c'
  UNION ALL
  SELECT 'the partition key of ' || p.partrelid::regclass, p.partexprs::text, true
  FROM relation r JOIN pg_partitioned_table p ON p.partrelid = r.oid
  UNION ALL
  SELECT 'the statistics ' || s.stxname, s.stxexprs::text, true
  FROM relation r JOIN pg_statistic_ext s ON s.stxrelid = r.oid),
-- What compares values of a type where the statement only sorts or groups, and what an index was made with.
operator_class AS (
  SELECT o.oid FROM value_type v JOIN pg_opclass o ON o.opcintype = v.oid AND o.opcdefault
  UNION
  SELECT unnest(i.indclass::oid[]) FROM relation r JOIN pg_index i ON i.indrelid = r.oid
  UNION
  SELECT unnest(p.partclass::oid[]) FROM relation r JOIN pg_partitioned_table p ON p.partrelid = r.oid),
-- Functions that came with the server have smaller numbers.
of_family AS (
  SELECT s.amprocfamily AS family, s.amproc::oid AS proc FROM pg_amproc s WHERE s.amproc >= 16384
  UNION ALL
  SELECT s.amopfamily, q.oprcode FROM pg_operator q JOIN pg_amop s ON s.amopopr = q.oid WHERE q.oprcode >= 16384),
called AS (
  SELECT e.what, e.tree, e.is_planned, m.proc
  FROM expression e
       CROSS JOIN LATERAL (SELECT DISTINCT (regexp_matches(e.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g'))[1]::oid
                           AS proc) m
  UNION
  SELECT 'the operator class ' || o.opcname, '', false, m.proc
  FROM operator_class u JOIN pg_opclass o ON o.oid = u.oid
       JOIN of_family m ON m.family = o.opcfamily
  UNION
  SELECT 'the range type ' || r.rngtypid::regtype, '', false, m.proc
  FROM value_type v JOIN pg_range r ON r.rngtypid = v.oid CROSS JOIN LATERAL unnest(ARRAY[r.rngcanonical::oid, r.rngsubdiff::oid]) AS m (proc)
  UNION
  SELECT 'the foreign table ' || c.relname, '', false, w.fdwhandler
  FROM relation r JOIN pg_class c ON c.oid = r.oid JOIN pg_foreign_table t ON t.ftrelid = c.oid
       JOIN pg_foreign_server s ON s.oid = t.ftserver JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw)
SELECT c.what, n.nspname::text AS schema, p.proname::text AS name, coalesce(x.extname::text, '') AS extension,
       x.extname IS NOT NULL AND l.lanname IN ('c', 'internal') AND p.provolatile <> 'v' AS is_compiled,
       p.oid::text AS number,
       -- A function in SQL becomes part of the expression, and what it calls with it.
       CASE WHEN NOT c.is_planned THEN ''
            WHEN l.lanname = 'sql' AND EXISTS (
              SELECT FROM pg_proc q JOIN pg_namespace s ON s.oid = q.pronamespace AND s.nspname NOT IN ('pg_catalog', 'information_schema')
              WHERE q.oid <> p.oid AND q.provolatile = 'i'
                    AND strpos(lower(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)), lower(q.proname)) > 0) THEN ''
            ELSE c.tree END AS tree
FROM called c
     JOIN pg_proc p ON p.oid = c.proc
     JOIN pg_namespace n ON n.oid = p.pronamespace
     JOIN pg_language l ON l.oid = p.prolang
     LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
     LEFT JOIN pg_extension x ON x.oid = d.refobjid
WHERE CASE WHEN n.nspname IN ('pg_catalog', 'information_schema') THEN p.provolatile = 'v' AND NOT c.is_planned
           ELSE p.provolatile = 'i' OR NOT c.is_planned END;
