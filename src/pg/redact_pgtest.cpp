// The redactor against a real server: what the server says and logs, never what we think it says.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "pg/message_template.h"
#include "pg/redact.h"
#include "support/temporary_postgres.h"

namespace selfheal::pg {
namespace {

constexpr std::string_view kCanary = "canary7h3secret";

constexpr const char* kObjects = R"(
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
)";

bool holds_canary(std::string_view text) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::ranges::search(text, kCanary, same).begin() != text.end();
}

struct Connection {
  std::unique_ptr<PGconn, decltype(&PQfinish)> conn;
  std::vector<ErrorFields> said;  // errors and notices of the statements since it was last cleared

  explicit Connection(const std::string& conninfo) : conn(PQconnectdb(conninfo.c_str()), PQfinish) {
    PQsetNoticeReceiver(
        conn.get(), [](void* self, const PGresult* result) { static_cast<Connection*>(self)->hear(result); },
        this);
  }
  void hear(const PGresult* result) {
    const auto field = [&](int code) {
      const char* text = PQresultErrorField(result, code);
      return std::string(text ? text : "");
    };
    said.push_back({.sqlstate = field(PG_DIAG_SQLSTATE),
                    .message = field(PG_DIAG_MESSAGE_PRIMARY),
                    .detail = field(PG_DIAG_MESSAGE_DETAIL),
                    .hint = field(PG_DIAG_MESSAGE_HINT),
                    .context = field(PG_DIAG_CONTEXT),
                    .internal_query = field(PG_DIAG_INTERNAL_QUERY),
                    .objects = {.schema = field(PG_DIAG_SCHEMA_NAME),
                                .table = field(PG_DIAG_TABLE_NAME),
                                .column = field(PG_DIAG_COLUMN_NAME),
                                .constraint = field(PG_DIAG_CONSTRAINT_NAME),
                                .datatype = field(PG_DIAG_DATATYPE_NAME)}});
  }
  void run(const std::string& sql) {
    PQclear(PQexec(conn.get(), "rollback"));
    PQclear(PQexec(conn.get(), "discard all"));
    said.clear();
    take(PQexec(conn.get(), sql.c_str()));
    for (auto& fields : said) fields.statement = sql;
  }
  void take(PGresult* result) {
    if (PQresultStatus(result) == PGRES_FATAL_ERROR) hear(result);
    PQclear(result);
  }
};

std::vector<std::string> shown_of(const RedactedError& r) {
  const auto& o = r.objects;
  return {r.message.text(),
          r.detail.text(),
          r.hint.text(),
          r.context.text(),
          r.statement.text(),
          r.internal_query.text(),
          r.database.text(),
          r.user.text(),
          r.application.text(),
          r.client_host.text(),
          o.database,
          o.schema,
          o.table,
          o.column,
          o.constraint,
          o.index,
          o.datatype,
          o.role,
          o.routine,
          o.sequence,
          o.parameter,
          o.partition};
}

std::vector<ErrorFields> logged(const std::filesystem::path& directory) {
  std::vector<ErrorFields> lines;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      boost::system::error_code error;
      const auto value = boost::json::parse(line, error);
      if (error || !value.is_object()) continue;
      const auto field = [&](const char* key) {
        const auto* text = value.as_object().if_contains(key);
        return text && text->is_string() ? std::string(text->as_string()) : std::string();
      };
      lines.push_back({.sqlstate = field("state_code"),
                       .message = field("message"),
                       .detail = field("detail"),
                       .hint = field("hint"),
                       .context = field("context"),
                       .statement = field("statement"),
                       .internal_query = field("internal_query"),
                       .database = field("dbname"),
                       .user = field("user"),
                       .application = field("application_name"),
                       .client_host = field("remote_host")});
    }
  }
  return lines;
}

struct Canary {
  std::string sqlstate;
  std::string sql;
};

std::vector<Canary> canaries() {
  const char* root = std::getenv("SELFHEAL_SOURCE_DIR");
  std::ifstream in(std::string(root ? root : ".") + "/src/pg/redaction_canaries.tsv");
  std::vector<Canary> rows;
  for (std::string line; std::getline(in, line);) {
    const std::size_t tab = line.find('\t');
    if (!line.starts_with('#') && tab != std::string::npos)
      rows.push_back({line.substr(0, tab), line.substr(tab + 1)});
  }
  return rows;
}

class RedactReal : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server = std::make_unique<test::TemporaryPostgres>(
        test::PostgresOptions{.settings = {{"log_parameter_max_length_on_error", "-1"},
                                           {"log_min_messages", "notice"},
                                           {"max_prepared_transactions", "2"}}});
    Connection setup(server->conninfo());
    PGresult* result = PQexec(setup.conn.get(), kObjects);
    ASSERT_EQ(PQresultStatus(result), PGRES_COMMAND_OK) << PQresultErrorMessage(result);
    PQclear(result);
  }
  static void TearDownTestSuite() { server.reset(); }
  static std::unique_ptr<test::TemporaryPostgres> server;
};
std::unique_ptr<test::TemporaryPostgres> RedactReal::server;

void expect_clean(const ErrorFields& fields, const std::string& what) {
  for (const auto& text : shown_of(redact(fields)))
    EXPECT_FALSE(holds_canary(text)) << what << "\n  " << fields.message << " / " << fields.hint
                                     << "\n  shows: " << text;
  // Alone, a raised sentence cannot be told from the server's.
  if (fields.context.ends_with(" at RAISE")) return;
  for (const auto& text :
       {redact_message(fields.message), redact_message(fields.detail), redact_message(fields.hint)})
    EXPECT_FALSE(holds_canary(text.text())) << what << "\n  alone shows: " << text.text();
}

TEST_F(RedactReal, NoPlantedValueLeavesAnyFieldOfTheProtocol) {
  Connection client(server->conninfo());
  const auto rows = canaries();
  ASSERT_GE(rows.size(), 36u);
  std::size_t planted = 0;
  for (const auto& [sqlstate, sql] : rows) {
    client.run(sql);
    ASSERT_FALSE(client.said.empty()) << "no error from: " << sql;
    const bool as_told =
        std::ranges::any_of(client.said, [&](const auto& fields) { return fields.sqlstate == sqlstate; });
    EXPECT_TRUE(as_told) << sql << " gave " << client.said.back().sqlstate << " "
                         << client.said.back().message;
    for (const auto& fields : client.said) {
      expect_clean(fields, sql);
      for (const auto* text :
           {&fields.message, &fields.detail, &fields.hint, &fields.context, &fields.internal_query})
        planted += holds_canary(*text) ? 1 : 0;
    }
  }
  // The server did say the values; otherwise this test would prove nothing.
  EXPECT_GE(planted, rows.size() / 2);
}

TEST_F(RedactReal, NoPlantedValueLeavesAParameterOrCopiedData) {
  Connection client(server->conninfo());
  const char* values[] = {"CANARY7h3secret"};
  client.take(PQexecParams(client.conn.get(), "select $1::int", 1, nullptr, values, nullptr, nullptr, 0));
  client.take(
      PQexecParams(client.conn.get(), "select 1/(length($1) - 15)", 1, nullptr, values, nullptr, nullptr, 0));
  for (const std::string data : {"CANARY7h3secret\tx\tCANARY7h3secret\n", "CANARY7h3secret\n",
                                 "a\tb\tc\tCANARY7h3secret\n", "CANARY7h3secret\tCANARY7h3secret2\t1\n"}) {
    PQclear(PQexec(client.conn.get(), "copy cn.p from stdin"));
    PQputCopyData(client.conn.get(), data.data(), static_cast<int>(data.size()));
    PQputCopyEnd(client.conn.get(), nullptr);
    while (PGresult* result = PQgetResult(client.conn.get())) client.take(result);
  }
  ASSERT_GE(client.said.size(), 6u);
  for (const auto& fields : client.said) {
    EXPECT_TRUE(holds_canary(fields.message + fields.detail + fields.context)) << fields.message;
    expect_clean(fields, fields.message);
    EXPECT_NE(redact(fields).message.text(), kWithheld) << fields.message;
  }
}

// An error with existing objects, and what must be left of it.
struct Ordinary {
  const char* sql;
  const char* sqlstate;
  ObjectNames names;
};

std::vector<Ordinary> ordinary_errors() {
  return {
      {"insert into cn.p values ('CANARY7h3secret', 'z', 1)",
       "23505",
       {.schema = "cn", .table = "p", .constraint = "p_pkey"}},
      {"insert into cn.p values ('z', 'CANARY7h3secret', 1)",
       "23505",
       {.schema = "cn", .table = "p", .constraint = "p_e_key"}},
      {"insert into cn.p values ('z', 'z', -1)",
       "23514",
       {.schema = "cn", .table = "p", .constraint = "p_n_check"}},
      {"insert into cn.p values ('z', 'z', null)", "23502", {.schema = "cn", .table = "p", .column = "n"}},
      {"insert into cn.c values ('nobody')",
       "23503",
       {.schema = "cn", .table = "c", .constraint = "c_pid_fkey"}},
      {"delete from cn.p", "23503", {.schema = "cn", .table = "c", .constraint = "c_pid_fkey"}},
      {"insert into cn.pt values ('q')", "23514", {.schema = "cn", .table = "pt"}},
      {"insert into cn.x values ('CANARY7h3secret')",
       "23P01",
       {.schema = "cn", .table = "x", .constraint = "x_id_excl"}},
      {"set role nobody_much; select * from cn.p", "42501", {.schema = "cn"}},
      {"insert into cn.g1(id) values (5)", "428C9", {.column = "id"}},
      {"insert into cn.g1(v) values ('long')", "22001", {.datatype = "character varying(3)"}},
      {"select 'x'::cn.en", "22P02", {.datatype = "cn.en"}},
      {"select 'x'::int", "22P02", {.datatype = "integer"}},
      {"insert into cn.p(nope) values (1)", "42703", {.table = "p"}},
      {"select n from cn.p p1, cn.p p2", "42702", {.column = "n"}},
      {"insert into cn.p(n) values (now())", "42804", {.column = "n", .datatype = "integer"}},
      {"create table cn.p(a int)", "42P07", {.table = "p"}},
      {"alter table cn.p add n int", "42701", {.table = "p", .column = "n"}},
      {"alter table cn.p add constraint p_n_check check (n > 1)",
       "42710",
       {.table = "p", .constraint = "p_n_check"}},
      {"alter table cn.p add primary key (n)", "42P16", {.table = "p"}},
      {"create schema cn", "42P06", {.schema = "cn"}},
      {"create role nobody_much", "42710", {.role = "nobody_much"}},
      {"create database postgres", "42P04", {.database = "postgres"}},
      {"drop database postgres", "55006", {}},
      {"drop table cn.p", "2BP01", {.schema = "cn", .table = "p"}},
      {"drop schema cn", "2BP01", {.schema = "cn"}},
      {"drop type cn.en; alter table cn.p drop constraint nope", "42704", {.table = "p"}},
      {"insert into cn.v values (1)", "55000", {.table = "v"}},
      {"set work_mem = 'x'", "22023", {.parameter = "work_mem"}},
      {"set port = 1", "55P02", {.parameter = "port"}},
      {"set enable_seqscan = 'x'", "22023", {.parameter = "enable_seqscan"}},
      {"begin read only; create table q(a int)", "25006", {}},
      {"select 1/0", "22012", {}},
      {"select cn.g('a')", "22012", {.routine = "g"}},
      {"do $$ begin perform 1/0; end $$", "22012", {}},
      {"begin; select 1/0", "22012", {}},
      {"create index on cn.p(random())", "42P17", {}},
      {"create sequence cn.s maxvalue 2; select nextval('cn.s'), nextval('cn.s'), nextval('cn.s')",
       "2200H",
       {.sequence = "s"}},
      {"truncate cn.p", "0A000", {}},
      {"select (select n from generate_series(1, 2) n)", "21000", {}},
      {"set statement_timeout = '1ms'; select pg_sleep(5)", "57014", {}},
  };
}

TEST_F(RedactReal, KeepsSqlstateAndObjectsOfOrdinaryErrors) {
  Connection client(server->conninfo());
  int kept = 0, total = 0;
  for (const auto& [sql, sqlstate, names] : ordinary_errors()) {
    client.run(sql);
    ASSERT_FALSE(client.said.empty()) << sql;
    const auto& fields = client.said.back();
    EXPECT_EQ(fields.sqlstate, sqlstate) << sql << ": " << fields.message;
    const auto redacted = redact(fields);
    const auto objects = redacted.objects;
    bool all = redacted.message.text() != kWithheld;
    for (const auto field : {&ObjectNames::database, &ObjectNames::schema, &ObjectNames::table,
                             &ObjectNames::column, &ObjectNames::constraint, &ObjectNames::datatype,
                             &ObjectNames::role, &ObjectNames::sequence, &ObjectNames::parameter})
      all = all && ((names.*field).empty() || objects.*field == names.*field);
    ++total;
    kept += all ? 1 : 0;
    EXPECT_TRUE(all) << sql << ": " << fields.message << "\n  became: " << redacted.message.text();
    // A log without the protocol's fields: the sentence itself names its condition and its objects.
    const auto match = match_message(fields.message);
    ASSERT_TRUE(match) << fields.message;
    EXPECT_TRUE(match->tmpl->sqlstate.empty() || match->tmpl->sqlstate == sqlstate)
        << fields.message << " is " << match->tmpl->sqlstate;
  }
  EXPECT_GE(total, 40);
  EXPECT_GE(kept * 100, total * 95) << kept << " of " << total;
}

// Runs last: the server is stopped so that its log is complete.
TEST_F(RedactReal, ZNoPlantedValueLeavesALineOfTheLog) {
  server->stop();
  std::size_t planted = 0, understood = 0;
  const auto lines = logged(server->log_directory());
  for (const auto& fields : lines) {
    const bool has = holds_canary(fields.message + fields.detail + fields.context + fields.statement +
                                  fields.internal_query + fields.hint);
    if (!has) continue;
    ++planted;
    expect_clean(fields, fields.message + " / " + fields.statement);
    if (redact(fields).message.text() != kWithheld) ++understood;
  }
  EXPECT_GE(planted, 100u);
  // All but RAISE of application text.
  EXPECT_GE(understood * 100, planted * 90) << understood << " of " << planted;
}

}  // namespace
}  // namespace selfheal::pg
