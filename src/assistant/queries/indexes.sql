-- Which indexes are large and hardly used, and which are invalid. A primary key or unique index is of use unread.
-- needs: nothing
-- since: 13
-- rows: 20
SELECT s.schemaname AS schema, s.relname AS "table", s.indexrelname AS index, s.idx_scan AS scans,
       pg_relation_size(s.indexrelid) AS size_bytes, i.indisunique AS is_unique, i.indisvalid AS is_valid
FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid
ORDER BY i.indisvalid, s.idx_scan, 5 DESC, 1, 3 LIMIT 20;
