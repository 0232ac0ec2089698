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
