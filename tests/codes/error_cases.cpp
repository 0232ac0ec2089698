#include "codes/error_cases.h"

namespace selfheal::test {

const std::string_view kErrorCaseSetup = R"sql(
CREATE ROLE "der Gast" LOGIN;
CREATE SCHEMA "schéma 1";
CREATE SCHEMA closed;
CREATE TABLE orders (id int PRIMARY KEY, qty int NOT NULL CHECK (qty > 0), note varchar(3), price numeric(4, 2));
INSERT INTO orders VALUES (1, 1, 'a', 1), (2, 1, 'a', 1);
CREATE TABLE "schéma 1"."Tabelle »x« y" ("Spalte ""z""" int NOT NULL, "ключ" int CONSTRAINT "c « ü »" UNIQUE,
  CONSTRAINT "prüfe, das" CHECK ("ключ" < 100));
INSERT INTO "schéma 1"."Tabelle »x« y" VALUES (1, 1);
CREATE TABLE child (id int CONSTRAINT "fk to ""orders""" REFERENCES orders);
INSERT INTO child VALUES (1);
CREATE TABLE "表" (during int4range, CONSTRAINT "排他" EXCLUDE USING gist (during WITH &&));
INSERT INTO "表" VALUES ('[1,5)');
CREATE DOMAIN "schéma 1"."die Domäne" AS int CONSTRAINT positiv CHECK (VALUE > 0);
CREATE DOMAIN needed AS int NOT NULL;
CREATE TYPE "schéma 1".mood AS ENUM ('ok');
CREATE TABLE parted (at int) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
CREATE SEQUENCE "die Folge" START 1 MINVALUE 0 MAXVALUE 1;
SELECT nextval('"die Folge"');
CREATE SEQUENCE fresh;
CREATE FUNCTION secret(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION secret FROM public;
CREATE FUNCTION "greet me"(text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'duplicate key value violates unique constraint "orders_pkey"' USING ERRCODE = '23505';
END $$;
CREATE FUNCTION outer_one() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM "greet me"('x'); RETURN 1; END $$;
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE SQLSTATE '40001' USING MESSAGE = 'no', TABLE = 'orders'; END $$;
CREATE TABLE guarded (id int);
CREATE TRIGGER guard BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION guard();
CREATE FUNCTION rethrow() RETURNS void LANGUAGE plpgsql AS $$
BEGIN INSERT INTO orders VALUES (1, 1); EXCEPTION WHEN unique_violation THEN RAISE; END $$;
CREATE VIEW seen AS SELECT 1 AS one;
CREATE MATERIALIZED VIEW "noch leer" AS SELECT 1 AS one WITH NO DATA;
CREATE TABLE dups (a int, "b c" text);
INSERT INTO dups VALUES (1, NULL), (1, NULL);
CREATE INDEX "ein Index" ON dups (a);
)sql";

namespace {

constexpr ErrorCase kCases[] = {
    {"INSERT INTO orders VALUES (1, 1)", "v1|23505|constraint=orders_pkey"},
    {R"(INSERT INTO "schéma 1"."Tabelle »x« y" VALUES (2, 1))", "v1|23505|constraint=c « ü »"},
    {R"(INSERT INTO "schéma 1"."Tabelle »x« y" VALUES (NULL, 7))",
     R"(v1|23502|column=Spalte "z"|table=Tabelle »x« y)"},
    {R"(INSERT INTO "schéma 1"."Tabelle »x« y" VALUES (1, 100))",
     "v1|23514|constraint=prüfe, das|table=Tabelle »x« y"},
    {"INSERT INTO orders VALUES (3, NULL)", "v1|23502|column=qty|table=orders"},
    {"INSERT INTO orders VALUES (3, 0)", "v1|23514|constraint=orders_qty_check|table=orders"},
    {"INSERT INTO child VALUES (99)", R"(v1|23503|constraint=fk to "orders")"},
    {"DELETE FROM orders WHERE id = 1", R"(v1|23503|constraint=fk to "orders")"},
    {R"(INSERT INTO "表" VALUES ('[2,3)'))", "v1|23P01|constraint=排他"},
    {R"(SELECT (-1)::"schéma 1"."die Domäne")", "v1|23514|constraint=positiv|datatype=die Domäne"},
    {"SELECT NULL::needed", "v1|23502|datatype=needed"},
    {R"(SELECT 'bad'::"schéma 1".mood)", "v1|22P02|datatype=mood"},
    {"INSERT INTO parted VALUES (99)", "v1|23514|table=parted"},
    {"INSERT INTO parted_1 VALUES (99)", "v1|23514|table=parted_1"},
    {"UPDATE parted_1 SET at = 50 WHERE false; INSERT INTO parted_1 VALUES (50)", "v1|23514|table=parted_1"},
    {"CREATE UNIQUE INDEX ON dups (a)", "v1|23505|constraint=dups_a_idx"},
    {R"(ALTER TABLE dups ALTER "b c" SET NOT NULL)", "v1|23502|column=b c|table=dups"},
    {"ALTER TABLE dups ADD CONSTRAINT big CHECK (a > 5)", "v1|23514|constraint=big|table=dups"},
    {R"(SELECT nextval('"die Folge"'))", "v1|2200H|sequence=die Folge"},
    {"SELECT currval('fresh')", "v1|55000|sequence=fresh"},
    {"INSERT INTO orders VALUES (5, 1, 'too long')", "v1|22001|datatype=character varying(3)"},
    {"INSERT INTO orders VALUES (5, 1, 'a', 1000)", "v1|22003"},
    {"SELECT 1/0", "v1|22012"},
    {"SELECT 'x'::int", "v1|22P02|datatype=integer"},
    {"SELECT 99999999999::int", "v1|22003"},
    {"SELECT '99999999999'::int", "v1|22003|datatype=integer"},
    {"SELECT nothing FROM orders", "v1|42703"},
    {"SELECT orders.nothing FROM orders", "v1|42703"},
    {R"(SELECT * FROM "gibt es nicht")", "v1|42P01"},
    {"SELECT missing_function(1)", "v1|42883"},
    {"SELECT 1 + DATE '2020-01-01' + TIME '10:00' + true", "v1|42883"},
    {"SELEC 1", "v1|42601"},
    {"SELECT count(*) FROM orders WHERE count(*) > 1", "v1|42803"},
    {R"(SELECT note FROM orders GROUP BY price)", "v1|42803|column=note"},
    {R"(SET ROLE "der Gast"; SELECT * FROM orders)", "v1|42501|table=orders"},
    {R"(SET ROLE "der Gast"; SELECT * FROM "schéma 1"."Tabelle »x« y")", "v1|42501|schema=schéma 1"},
    {R"(SET ROLE "der Gast"; SELECT nextval('fresh'))", "v1|42501|sequence=fresh"},
    {R"(SET ROLE "der Gast"; SELECT secret(1))", "v1|42501|routine=secret"},
    {R"(SET ROLE "der Gast"; DROP TABLE orders)", "v1|42501|table=orders"},
    {R"(SET ROLE "der Gast"; CREATE ROLE another)", "v1|42501"},
    {R"(SET ROLE "der Gast"; CREATE TABLE closed.t (a int))", "v1|42501|schema=closed"},
    {R"(SET ROLE "der Gast"; SET session_replication_role = replica)",
     "v1|42501|parameter=session_replication_role"},
    {"SET work_mem = 'plenty'", "v1|22023|parameter=work_mem"},
    {"SET no_such_setting = 1", "v1|42704"},
    {"CREATE TABLE orders (a int)", "v1|42P07|table=orders"},
    {"CREATE SCHEMA closed", "v1|42P06|schema=closed"},
    {R"(CREATE ROLE "der Gast")", "v1|42710|role=der Gast"},
    {"CREATE DATABASE postgres", "v1|42P04|database=postgres"},
    {R"(CREATE INDEX "ein Index" ON dups (a))", "v1|42P07|table=ein Index"},
    {"ALTER TABLE orders ADD qty int", "v1|42701|column=qty|table=orders"},
    {"DROP TABLE seen", "v1|42809|table=seen"},
    {"DROP TABLE orders", "v1|2BP01|table=orders"},
    {R"(DROP ROLE "postgres")", "v1|55006"},
    {R"(SELECT * FROM "noch leer")", "v1|55000|table=noch leer"},
    {"INSERT INTO seen VALUES (2)", "v1|55000|table=seen"},
    {"TRUNCATE orders", "v1|0A000"},
    {"BEGIN READ ONLY; DELETE FROM orders", "v1|25006"},
    {"EXECUTE never_prepared", "v1|26000"},
    {R"(SELECT "greet me"('x'))", "v1|23505|raised=\"greet me\"(text)"},
    {"SELECT outer_one()", "v1|23505|raised=\"greet me\"(text)"},
    {"INSERT INTO guarded VALUES (1)", "v1|40001|raised=guard()"},
    {"DO $$ BEGIN RAISE division_by_zero; END $$", "v1|22012|raised=inline_code_block"},
    {"DO $$ BEGIN RAISE EXCEPTION 'simply'; END $$", "v1|P0001|raised=inline_code_block"},
    {"SELECT rethrow()", "v1|23505|constraint=orders_pkey"},
    {"DO $$ BEGIN RAISE NOTICE '%', 1 / (SELECT count(*) FROM seen WHERE one = 2); END $$", "v1|22012"},
    {"SET statement_timeout = 20; SELECT pg_sleep(5)", "v1|57014"},
};

}  // namespace

std::span<const ErrorCase> error_cases() { return kCases; }

}  // namespace selfheal::test
