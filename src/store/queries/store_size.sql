-- How large everything in our schema is.
-- scope: system
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS size_bytes
FROM pg_class c
WHERE c.relnamespace = 'selfheal'::regnamespace AND c.relkind = 'r';
