-- Beside readonly_fixture.sql, for readonly_attacks_more.tsv and readonly_legit_more.tsv: code that no statement names, and its
-- harmless twins. Run as superuser in a scratch cluster only.
CREATE EXTENSION file_fdw;
CREATE SERVER more_files FOREIGN DATA WRAPPER file_fdw;
CREATE TABLE more_parent (id int) PARTITION BY LIST (id);
CREATE FOREIGN TABLE more_part PARTITION OF more_parent FOR VALUES IN (1) SERVER more_files OPTIONS (program 'echo 1');
CREATE TYPE more_row AS (d evil_dom);
CREATE TABLE more_holder (d evil_dom);
CREATE TYPE more_mood AS ENUM ('sad', 'glad');
CREATE TABLE more_moods (m more_mood);
INSERT INTO more_moods VALUES ('sad');
CREATE FUNCTION more_cast(more_mood) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(81); RETURN 1; END $$;
CREATE CAST (more_mood AS int) WITH FUNCTION more_cast(more_mood) AS IMPLICIT;
CREATE VIEW more_view AS SELECT abs(m) FROM more_moods;
CREATE VIEW more_view_of_view AS SELECT * FROM more_view;
CREATE VIEW more_plain_view AS SELECT id, status FROM orders;
CREATE TABLE more_kept (a int);
CREATE VIEW more_view_of_kept AS SELECT a FROM more_kept;
CREATE TYPE more_level AS ENUM ('low', 'high');
CREATE TABLE more_levels (m more_level);
CREATE TYPE more_pair AS (a int, b text);
CREATE TABLE more_list (id int) PARTITION BY LIST (id);
CREATE TABLE more_list_1 PARTITION OF more_list FOR VALUES IN (1);
GRANT SELECT ON more_parent, more_holder, more_moods, more_view, more_view_of_view, more_plain_view, more_view_of_kept, more_levels,
  more_list, more_list_1 TO chat_hard;
GRANT EXECUTE ON FUNCTION digest(text, text), hmac(text, text, text) TO chat_hard;
-- What an extension in C brings that nobody reviewed (as pgvector or PostGIS do), and what only claims to.
CREATE TYPE more_vec;
CREATE FUNCTION more_vec_in(cstring) RETURNS more_vec LANGUAGE internal IMMUTABLE STRICT AS 'byteain';
CREATE FUNCTION more_vec_out(more_vec) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
CREATE TYPE more_vec (INPUT = more_vec_in, OUTPUT = more_vec_out);
CREATE FUNCTION more_vec_eq(more_vec, more_vec) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS 'byteaeq';
CREATE OPERATOR = (LEFTARG = more_vec, RIGHTARG = more_vec, FUNCTION = more_vec_eq);
CREATE FUNCTION more_vec_text(more_vec) RETURNS text LANGUAGE internal IMMUTABLE STRICT AS 'btrim1';
CREATE CAST (more_vec AS text) WITH FUNCTION more_vec_text(more_vec) AS IMPLICIT;
CREATE FUNCTION more_vec_near(more_vec, more_vec) RETURNS bool LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN PERFORM pg_advisory_lock(82); RETURN true; END $$;
CREATE OPERATOR <==> (LEFTARG = more_vec, RIGHTARG = more_vec, FUNCTION = more_vec_near);
ALTER EXTENSION tablefunc ADD TYPE more_vec;
ALTER EXTENSION tablefunc ADD FUNCTION more_vec_in(cstring);
ALTER EXTENSION tablefunc ADD FUNCTION more_vec_eq(more_vec, more_vec);
ALTER EXTENSION tablefunc ADD FUNCTION more_vec_text(more_vec);
ALTER EXTENSION tablefunc ADD FUNCTION more_vec_near(more_vec, more_vec);
ALTER EXTENSION tablefunc ADD OPERATOR = (more_vec, more_vec);
ALTER EXTENSION tablefunc ADD OPERATOR <==> (more_vec, more_vec);
CREATE TABLE more_vectors (id int, v more_vec);
INSERT INTO more_vectors VALUES (1, 'a');
CREATE VIEW more_settings AS SELECT name, setting FROM pg_settings;
GRANT SELECT ON more_vectors, more_settings TO chat_hard;
GRANT EXECUTE ON FUNCTION more_vec_in(cstring), more_vec_out(more_vec), more_vec_eq(more_vec, more_vec), more_vec_text(more_vec) TO chat_hard;
-- Code that reading a table runs, or that the planner runs as it looks at the table. more_one() takes a lock, as evil_imm() does.
CREATE FUNCTION more_one() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_advisory_lock(83); RETURN 1; END $$;
CREATE FUNCTION more_next(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_advisory_lock(84); RETURN $1 + 1; END $$;
CREATE FUNCTION more_sum(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + more_one()';
CREATE FUNCTION more_may(int) RETURNS bool LANGUAGE plpgsql STABLE AS $$ BEGIN PERFORM pg_advisory_lock(85); RETURN true; END $$;
CREATE TABLE more_policed (id int);
ALTER TABLE more_policed ENABLE ROW LEVEL SECURITY;
CREATE POLICY more_policy ON more_policed USING (more_may(id));
CREATE TABLE more_locking (id int);
ALTER TABLE more_locking ENABLE ROW LEVEL SECURITY;
CREATE POLICY more_policy ON more_locking USING (pg_try_advisory_lock(id));
CREATE TABLE more_asking (id int);
ALTER TABLE more_asking ENABLE ROW LEVEL SECURITY;
CREATE POLICY more_policy ON more_asking USING (id IN (SELECT p.id FROM more_policed p));
CREATE TABLE more_viewing (id int);
ALTER TABLE more_viewing ENABLE ROW LEVEL SECURITY;
CREATE VIEW more_view_of_lock AS SELECT more_may(1) AS may;
CREATE POLICY more_policy ON more_viewing FOR SELECT USING (EXISTS (SELECT FROM more_view_of_lock v WHERE v.may));
CREATE TABLE more_reaching (id int);
ALTER TABLE more_reaching ENABLE ROW LEVEL SECURITY;
CREATE POLICY more_policy ON more_reaching USING (id IN (SELECT p.id FROM more_part p));
CREATE VIEW more_view_of_try AS SELECT pg_try_advisory_lock(93) AS may;
CREATE TABLE more_trying (id int);
ALTER TABLE more_trying ENABLE ROW LEVEL SECURITY;
CREATE POLICY more_policy ON more_trying USING (EXISTS (SELECT FROM more_view_of_try v WHERE v.may));
INSERT INTO more_trying VALUES (1);
INSERT INTO more_policed VALUES (1);
INSERT INTO more_locking VALUES (1);
INSERT INTO more_asking VALUES (1);
INSERT INTO more_viewing VALUES (1);
-- What the planner runs when somebody reads them: nobody who counts calls of functions may.
CREATE SCHEMA more_traps;
GRANT USAGE ON SCHEMA more_traps TO chat_hard;
CREATE TABLE more_traps.more_indexed (id int);
CREATE INDEX ON more_traps.more_indexed ((id + more_one()));
CREATE TABLE more_traps.more_indexed_partly (id int);
CREATE INDEX ON more_traps.more_indexed_partly (id) WHERE id > more_one();
CREATE TABLE more_traps.more_indexed_deeply (id int);
CREATE INDEX ON more_traps.more_indexed_deeply (more_sum(id));
CREATE TABLE more_traps.more_indexed_vanishing (id int);
CREATE INDEX ON more_traps.more_indexed_vanishing (more_next(coalesce(1, id)));
CREATE TABLE more_traps.more_checked (id int);
CREATE TABLE more_traps.more_checked_child (CHECK (id < more_one() + 100)) INHERITS (more_traps.more_checked);
CREATE TABLE more_traps.more_counted (id int, other int);
CREATE STATISTICS more_counts ON (id + more_one()), other FROM more_traps.more_counted;
CREATE TABLE more_traps.more_split (id int) PARTITION BY RANGE ((id + more_one()));
CREATE TABLE more_traps.more_split_1 PARTITION OF more_traps.more_split FOR VALUES FROM (0) TO (100);
CREATE TABLE more_sets (d evil_dom[]);
INSERT INTO more_holder VALUES (NULL);
INSERT INTO more_sets VALUES (NULL);
CREATE TYPE more_span;
CREATE FUNCTION more_span_canonical(more_span) RETURNS more_span LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical';
CREATE TYPE more_span AS RANGE (SUBTYPE = int, CANONICAL = more_span_canonical);
CREATE OR REPLACE FUNCTION more_span_canonical(more_span) RETURNS more_span LANGUAGE plpgsql IMMUTABLE STRICT
  AS $$ BEGIN PERFORM pg_advisory_lock(86); RETURN $1; END $$;
CREATE TABLE more_traps.more_spans (s more_span);
INSERT INTO more_traps.more_spans VALUES ('[1,3)');
-- Operators that no path leads to, and an operator class that calls them for whoever sorts.
CREATE SCHEMA more_hidden;
CREATE TYPE more_rank AS ENUM ('a', 'b');
CREATE FUNCTION more_hidden.cmp(more_rank, more_rank) RETURNS int LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN PERFORM pg_advisory_lock(87); RETURN 0; END $$;
CREATE FUNCTION more_hidden.yes(more_rank, more_rank) RETURNS bool LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN PERFORM pg_advisory_lock(88); RETURN true; END $$;
CREATE OPERATOR more_hidden.< (LEFTARG = more_rank, RIGHTARG = more_rank, FUNCTION = more_hidden.yes);
CREATE OPERATOR more_hidden.<= (LEFTARG = more_rank, RIGHTARG = more_rank, FUNCTION = more_hidden.yes);
CREATE OPERATOR more_hidden.= (LEFTARG = more_rank, RIGHTARG = more_rank, FUNCTION = more_hidden.yes);
CREATE OPERATOR more_hidden.>= (LEFTARG = more_rank, RIGHTARG = more_rank, FUNCTION = more_hidden.yes);
CREATE OPERATOR more_hidden.> (LEFTARG = more_rank, RIGHTARG = more_rank, FUNCTION = more_hidden.yes);
CREATE OPERATOR CLASS more_hidden.more_rank_order DEFAULT FOR TYPE more_rank USING btree AS OPERATOR 1 more_hidden.<,
  OPERATOR 2 more_hidden.<=, OPERATOR 3 more_hidden.=, OPERATOR 4 more_hidden.>=, OPERATOR 5 more_hidden.>,
  FUNCTION 1 more_hidden.cmp(more_rank, more_rank);
CREATE TABLE more_ranks (m more_rank, n int);
INSERT INTO more_ranks VALUES ('a', 1), ('b', 2);
CREATE FUNCTION more_hidden.cmp(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN PERFORM pg_advisory_lock(89); RETURN btint4cmp($1, $2); END $$;
CREATE OPERATOR CLASS more_hidden.more_int_order FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
  OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 more_hidden.cmp(int, int);
CREATE TABLE more_ordered (id int);
INSERT INTO more_ordered SELECT generate_series(1, 10);
CREATE INDEX ON more_ordered (id more_hidden.more_int_order);
CREATE TYPE more_stone AS (weight int);
CREATE FUNCTION more_hidden.same(more_stone, more_stone) RETURNS bool LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN PERFORM pg_advisory_lock(92); RETURN true; END $$;
CREATE OPERATOR more_hidden.= (LEFTARG = more_stone, RIGHTARG = more_stone, FUNCTION = more_hidden.same);
CREATE TABLE more_stones (s more_stone, n int);
INSERT INTO more_stones VALUES ('(1)', 1);
-- IS DISTINCT FROM says no schema, wherever its operator is.
SET search_path = more_hidden, public;
CREATE VIEW public.more_view_of_hidden AS SELECT s IS DISTINCT FROM '(2)'::more_stone AS is_other, n FROM more_stones;
RESET search_path;
-- An operator of the installation on the path that only values of its own type can reach.
CREATE TYPE more_coin AS (amount int, currency text);
CREATE FUNCTION more_coin_eq(more_coin, more_coin) RETURNS bool LANGUAGE plpgsql IMMUTABLE
  AS $$ BEGIN PERFORM pg_advisory_lock(90); RETURN true; END $$;
CREATE OPERATOR = (LEFTARG = more_coin, RIGHTARG = more_coin, FUNCTION = more_coin_eq);
CREATE TABLE more_purse (id int, c more_coin, many more_coin[]);
INSERT INTO more_purse VALUES (1, '(1,EUR)', '{"(1,EUR)"}');
-- Functions that neither a path leads to nor reading runs: they stand in nobody's way.
CREATE FUNCTION more_hidden.upper(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_lock(91); RETURN $1; END $$;
CREATE OPERATOR more_hidden.~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = evil_eq);
CREATE TABLE more_made (id int DEFAULT more_one(), next int GENERATED ALWAYS AS (more_next(id)) STORED, CHECK (more_next(id) > 0));
CREATE INDEX ON more_made (more_next(id));
CREATE INDEX ON more_made (id) WHERE more_next(id + 1) > 0;
CREATE TABLE more_tenants (tenant_id int);
ALTER TABLE more_tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY more_policy ON more_tenants USING (tenant_id = coalesce(nullif(current_setting('app.tenant', true), '')::int, 1)
  AND tenant_id IN (SELECT o.tenant_id FROM orders o));
GRANT SELECT ON ALL TABLES IN SCHEMA more_traps TO chat_hard;
GRANT SELECT ON more_policed, more_locking, more_asking, more_viewing, more_reaching, more_trying, more_view_of_lock, more_view_of_try,
  more_sets, more_ranks, more_ordered, more_stones,
  more_view_of_hidden, more_purse, more_made, more_tenants TO chat_hard;
