-- The next 200 sequences of this database after the one with oid $2, and those in $3; and which of them have used most of
-- their values, by the limit that is reached first: their own, or that of the type of a column they feed ($1: the share in
-- percent from which on they are told). One row for each, or one with the end of the page alone.
-- needs: USAGE or SELECT on the sequences (pg_read_all_data)
-- since: 13
-- rows: 250
-- pg_sequence_last_value() keeps a lock on each sequence to the end of the statement: a page of 200 leaves the server's
-- lock table room for others. Of several columns the narrowest counts.
WITH next AS MATERIALIZED (
  SELECT s.* FROM pg_sequence s WHERE s.seqrelid > $2::oid AND NOT pg_is_in_recovery() ORDER BY s.seqrelid LIMIT 200),
page AS MATERIALIZED (
  SELECT n.* FROM next n
  UNION
  SELECT s.* FROM pg_sequence s WHERE s.seqrelid = ANY ($3::oid[]) AND NOT pg_is_in_recovery()),
fed AS (
  SELECT d.refobjid AS sequence, a.adrelid AS relation, a.adnum AS number
  FROM page p
       JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = p.seqrelid
                           AND d.classid = 'pg_attrdef'::regclass
       JOIN pg_attrdef a ON a.oid = d.objid
  UNION
  SELECT d.objid, d.refobjid, d.refobjsubid::smallint
  FROM page p
       JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = p.seqrelid
                           AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0),
columns AS (
  SELECT DISTINCT ON (f.sequence) f.sequence, f.relation, a.attname, y.most
  FROM fed f
       JOIN pg_attribute a ON a.attrelid = f.relation AND a.attnum = f.number AND NOT a.attisdropped
       JOIN pg_type t ON t.oid = a.atttypid
       CROSS JOIN LATERAL (
         SELECT CASE coalesce(nullif(t.typbasetype, 0), t.oid)
                  WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
                  WHEN 'int8'::regtype THEN 9223372036854775807 END AS most) y
  ORDER BY f.sequence, y.most NULLS LAST),
limits AS (
  SELECT p.seqrelid, p.seqincrement, c.relation, c.attname,
         (CASE WHEN p.seqincrement > 0 THEN p.seqmin ELSE p.seqmax END)::numeric AS first,
         (CASE WHEN p.seqincrement > 0 THEN least(p.seqmax, c.most) ELSE greatest(p.seqmin, -c.most - 1) END)::numeric
           AS last,
         -- A sequence that cycles before its column overflows goes on by design.
         p.seqcycle AND CASE WHEN p.seqincrement > 0 THEN p.seqmax <= coalesce(c.most, p.seqmax)
                             ELSE p.seqmin >= coalesce(-c.most - 1, p.seqmin) END AS goes_round,
         (CASE WHEN has_sequence_privilege(p.seqrelid, 'SELECT, USAGE') THEN pg_sequence_last_value(p.seqrelid) END
         )::numeric AS value
  FROM page p LEFT JOIN columns c ON c.sequence = p.seqrelid),
told AS (
  SELECT n.nspname AS schema, c.relname AS sequence, c.oid,
         CASE WHEN t.relnamespace = c.relnamespace THEN t.relname END AS table_name,
         CASE WHEN t.relnamespace = c.relnamespace THEN l.attname END AS column_name,
         l.value::bigint AS value, l.last::bigint AS last,
         trunc(100 * (l.value - l.first) / nullif(l.last - l.first, 0)) AS used_percent
  FROM limits l
       JOIN pg_class c ON c.oid = l.seqrelid AND c.relpersistence <> 't'
       JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_class t ON t.oid = l.relation
  WHERE NOT l.goes_round
    AND 100 * (l.value - l.first) * sign(l.seqincrement) >= $1::numeric * (l.last - l.first) * sign(l.seqincrement))
SELECT clock_timestamp() AS at, e.last_oid, e.sequences, t.*
FROM (SELECT coalesce(max(seqrelid), 0::oid) AS last_oid, count(*) AS sequences FROM next) e LEFT JOIN told t ON true;
