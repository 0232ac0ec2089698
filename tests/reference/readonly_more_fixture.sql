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
