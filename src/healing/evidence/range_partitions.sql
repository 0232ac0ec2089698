-- The partitions of a partitioned table of that name, with bounds, and what a new sibling must copy.
-- needs: pg_monitor
-- since: 13
-- rows: 1000
-- One row for each partition, or one with empty partition columns when there is none.
SELECT n.nspname AS schema, t.relname AS "table", p.partstrat AS strategy, p.partnatts AS key_columns,
       a.attname AS key_column, format_type(a.atttypid, NULL) AS key_type, p.partdefid <> 0 AS has_default,
       pg_get_userbyid(t.relowner) AS owner,
       cn.nspname AS partition_schema, c.relname AS partition, pg_get_expr(c.relpartbound, c.oid) AS bounds,
       c.relkind AS partition_kind, ts.spcname AS tablespace, pg_get_userbyid(c.relowner) AS partition_owner,
       (SELECT array_agg(g.privilege_type || ' TO ' ||
                         CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END
                         ORDER BY g.grantee, g.privilege_type)
        FROM aclexplode(c.relacl) g WHERE g.grantee <> c.relowner) AS grants,
       c.relrowsecurity AS row_security
FROM pg_partitioned_table p
     JOIN pg_class t ON t.oid = p.partrelid
     JOIN pg_namespace n ON n.oid = t.relnamespace
     LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND p.partnatts = 1 AND a.attnum = p.partattrs[0] AND a.attnum > 0
     LEFT JOIN pg_inherits h ON h.inhparent = t.oid
     LEFT JOIN pg_class c ON c.oid = h.inhrelid
     LEFT JOIN pg_namespace cn ON cn.oid = c.relnamespace
     LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
WHERE t.relname = :'table'
ORDER BY n.nspname, c.relname;
