-- What the statements of redaction_canaries.tsv are about.
create schema cn;
create table cn.p(id text primary key, e text unique, n int not null check (n > 0));
create table cn.c(pid text references cn.p(id));
create table cn.pt(id text) partition by list (id);
create table cn.pt_a partition of cn.pt for values in ('a');
create extension if not exists btree_gist;
create table cn.x(id text, exclude using gist (id with =));
create table cn.g1(id int generated always as identity, v varchar(3));
create type cn.en as enum ('a', 'b');
create view cn.v as select n, count(*) c from cn.p group by n;
create function cn.f(text) returns int language plpgsql as 'declare r int; begin execute ''select '' || $1 into r; return r; end';
create function cn.g(text) returns int language sql as 'select length($1) / (length($1) - length($1))';
insert into cn.p values ('CANARY7h3secret', 'CANARY7h3secret', 1);
insert into cn.c values ('CANARY7h3secret');
insert into cn.x values ('CANARY7h3secret');
create role nobody_much login;
