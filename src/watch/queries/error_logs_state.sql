-- The table error_logs that was made ready for Selfheal in this database, and what the role may not do with it.
-- needs: nothing
-- since: 13
-- rows: 1
SELECT format('%I.%I', n.nspname, c.relname) AS error_logs,
       has_schema_privilege(s.oid, 'USAGE')
       AND has_table_privilege(a.oid, 'SELECT') AND has_table_privilege(a.oid, 'DELETE')
       AND has_table_privilege(w.oid, 'SELECT') AND has_table_privilege(w.oid, 'INSERT')
       AND has_table_privilege(w.oid, 'UPDATE') AND has_schema_privilege(n.oid, 'USAGE')
       AND has_any_column_privilege(c.oid, 'INSERT') AS is_allowed
FROM pg_namespace s
     JOIN pg_class a ON a.relnamespace = s.oid AND a.relname = 'arrived'
     JOIN pg_class w ON w.relnamespace = s.oid AND w.relname = 'written'
     JOIN pg_proc p ON p.pronamespace = s.oid AND p.proname = 'take'
     JOIN pg_trigger t ON t.tgfoid = p.oid AND t.tgenabled IN ('O', 'A')
     JOIN pg_class c ON c.oid = t.tgrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE s.nspname = 'selfheal_error_logs' AND NOT pg_is_in_recovery()
LIMIT 1;
