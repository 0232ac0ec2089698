-- What a role may do with the tables of a name, and whether it may do so with their neighbours in the schema.
-- needs: pg_monitor
-- since: 13
-- rows: 100
-- One row for each table and right. Neighbours are at most 500 tables of the schema that the role does not own;
-- `newer_granted` of those with the right are newer than the table, as far as their numbers tell.
SELECT n.nspname AS schema, c.relname AS "table", c.relkind AS table_kind, pg_get_userbyid(c.relowner) AS owner,
       o.rolsuper AS owner_is_superuser, r.rolname AS user_name,
       has_schema_privilege(r.oid, n.oid, 'USAGE') AS may_use_schema, c.relrowsecurity AS row_security,
       v.privilege, has_table_privilege(r.oid, c.oid, v.privilege) AS is_held,
       CASE WHEN v.privilege IN ('SELECT', 'INSERT', 'UPDATE')
            THEN has_any_column_privilege(r.oid, c.oid, v.privilege) ELSE false END AS is_held_on_columns,
       ARRAY(SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid AND NOT pg_has_role(r.oid, g.oid, 'USAGE')
                   AND has_table_privilege(g.oid, c.oid, v.privilege)
             ORDER BY g.rolname LIMIT 10) AS not_inherited_from,
       ARRAY(SELECT DISTINCT p.proname FROM pg_proc p WHERE p.prosecdef AND p.proname = ANY (:'functions'::text[])
             ORDER BY 1 LIMIT 10) AS definer_functions,
       near.neighbours, near.granted, near.newer_granted,
       ARRAY(SELECT DISTINCT pg_get_userbyid(d.defaclrole)
             FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) x
             WHERE d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, n.oid) AND x.privilege_type = v.privilege
                   AND (x.grantee = 0 OR pg_has_role(r.oid, x.grantee, 'USAGE'))
             ORDER BY 1 LIMIT 10) AS default_creators
FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_roles o ON o.oid = c.relowner
     JOIN pg_roles r ON r.rolname = :'user'
     CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS v (privilege)
     CROSS JOIN LATERAL (
       SELECT count(*) AS neighbours, count(*) FILTER (WHERE s.is_granted) AS granted,
              count(*) FILTER (WHERE s.is_granted AND s.oid::bigint > c.oid::bigint) AS newer_granted
       FROM (SELECT s.oid, has_table_privilege(r.oid, s.oid, v.privilege) AS is_granted
             FROM pg_class s
             WHERE s.relnamespace = n.oid AND s.oid <> c.oid AND NOT s.relispartition
                   AND (s.relkind IN ('r', 'p', 'f') OR v.privilege = 'SELECT' AND s.relkind IN ('v', 'm'))
                   AND NOT pg_has_role(r.oid, s.relowner, 'USAGE')
             LIMIT 500) s) near
WHERE c.relname = :'table' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY n.nspname, v.privilege
LIMIT 100;
