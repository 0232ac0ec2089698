-- The daily partitions with their size, oldest first.
-- scope: system
SELECT p.relname AS parent, to_date(right(c.relname, 8), 'YYYYMMDD')::timestamptz AS day,
       pg_total_relation_size(c.oid) AS size_bytes
FROM pg_inherits h
JOIN pg_class c ON c.oid = h.inhrelid
JOIN pg_class p ON p.oid = h.inhparent
WHERE p.relnamespace = 'selfheal'::regnamespace AND c.relkind = 'r' AND c.relname ~ '_[0-9]{8}$'
ORDER BY day, parent;
