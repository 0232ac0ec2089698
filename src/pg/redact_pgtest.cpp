// The redactor against a real server: what the server says and logs, never what we think it says.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "pg/message_template.h"
#include "pg/redact.h"
#include "support/temporary_postgres.h"

namespace selfheal::pg {
namespace {

constexpr std::string_view kCanary = "canary7h3secret";

bool holds_canary(std::string_view text, std::string_view canary = kCanary) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::ranges::search(text, canary, same).begin() != text.end();
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

std::string text_of(const std::string& file) {
  const char* root = std::getenv("SELFHEAL_SOURCE_DIR");
  std::ifstream in(std::string(root ? root : ".") + "/src/pg/" + file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<Canary> canaries(const std::string& file) {
  std::istringstream in(text_of(file));
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
    PGresult* result = PQexec(setup.conn.get(), text_of("redaction_objects.sql").c_str());
    ASSERT_EQ(PQresultStatus(result), PGRES_COMMAND_OK) << PQresultErrorMessage(result);
    PQclear(result);
  }
  static void TearDownTestSuite() { server.reset(); }
  static std::unique_ptr<test::TemporaryPostgres> server;
};
std::unique_ptr<test::TemporaryPostgres> RedactReal::server;

void expect_clean(const ErrorFields& fields, const std::string& what, std::string_view canary = kCanary) {
  for (const auto& text : shown_of(redact(fields)))
    EXPECT_FALSE(holds_canary(text, canary))
        << what << "\n  " << fields.message << " / " << fields.hint << "\n  shows: " << text;
  // Alone, a raised sentence cannot be told from the server's.
  if (fields.context.ends_with(" at RAISE")) return;
  for (const auto& text :
       {redact_message(fields.message), redact_message(fields.detail), redact_message(fields.hint)})
    EXPECT_FALSE(holds_canary(text.text(), canary)) << what << "\n  alone shows: " << text.text();
}

TEST_F(RedactReal, NoPlantedValueLeavesAnyFieldOfTheProtocol) {
  Connection client(server->conninfo());
  const auto rows = canaries("redaction_canaries.tsv");
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

// What a value can look like, and the part of it that is searched for.
struct Shape {
  const char* value;
  const char* canary;
};
constexpr Shape kShapes[] = {{"CANARY7h3secret", "canary7h3secret"},
                             {"rosebud", "rosebud"},
                             {"Käthe O-Brien, Zimtweg 7b", "zimtweg"},
                             {"zimtstern77@example.org", "zimtstern77"},
                             {"7719203344", "7719203344"}};

// How much of use is left. An error counts as kept when its sentence is shown (all but application text,
// which nobody can judge), and a name when it belongs to an object that exists: each of the protocol's object
// fields, and each quoted word of the message that the catalog knows.
struct Kept {
  std::size_t sentences = 0, of_sentences = 0, names = 0, of_names = 0;
  std::size_t said = 0, planted = 0, as_told = 0;
};

std::set<std::string> catalog_names(Connection& client) {
  PGresult* result = PQexec(client.conn.get(), R"(
    select relname::text from pg_class union select attname::text from pg_attribute where attnum > 0
    union select conname::text from pg_constraint union select typname::text from pg_type
    union select nspname::text from pg_namespace union select rolname::text from pg_roles
    union select tgname::text from pg_trigger)");
  std::set<std::string> names;
  for (int row = 0; row < PQntuples(result); ++row) names.insert(PQgetvalue(result, row, 0));
  PQclear(result);
  return names;
}

std::vector<std::string> quoted_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t from = text.find('"'); from != text.npos; from = text.find('"', from + 1)) {
    const std::size_t end = text.find('"', from + 1);
    if (end == text.npos) break;
    words.emplace_back(text.substr(from + 1, end - from - 1));
    from = end;
  }
  return words;
}

bool is_application_text(const ErrorFields& fields) {
  return fields.sqlstate == "P0001" || fields.context.contains(" at RAISE") || fields.sqlstate == "P0004";
}

void count_kept(const ErrorFields& fields, const std::set<std::string>& names, std::string_view canary,
                Kept& kept) {
  if (is_application_text(fields)) return;
  const auto redacted = redact(fields);
  const bool sentence = redacted.message.text() != kWithheld;
  ++kept.of_sentences;
  kept.sentences += sentence ? 1 : 0;
  const auto count = [&](bool is_kept, const std::string& name) {
    ++kept.of_names;
    kept.names += is_kept ? 1 : 0;
    if (!is_kept)
      std::printf("name withheld: %s of %s: %s\n", name.c_str(), fields.sqlstate.c_str(),
                  fields.message.c_str());
  };
  if (!sentence) std::printf("withheld: %s %s\n", fields.sqlstate.c_str(), fields.message.c_str());
  for (const auto field : {&ObjectNames::schema, &ObjectNames::table, &ObjectNames::column,
                           &ObjectNames::constraint, &ObjectNames::datatype}) {
    const std::string& name = fields.objects.*field;
    if (!name.empty() && !holds_canary(name, canary)) count(redacted.objects.*field == name, name);
  }
  for (const auto& word : quoted_words(fields.message))
    if (names.contains(word) && !holds_canary(word, canary))
      count(redacted.message.text().contains('"' + word + '"'), word);
}

std::string planted_with(std::string sql, std::string_view value) {
  constexpr std::string_view kPlace = "CANARY7h3secret";
  for (std::size_t at = sql.find(kPlace); at != sql.npos; at = sql.find(kPlace, at + value.size()))
    sql.replace(at, kPlace.size(), value);
  return sql;
}

void run_shape(const std::vector<Canary>& rows, const Shape& shape, Connection& client, Kept& kept) {
  const bool as_written = shape.value == std::string_view("CANARY7h3secret");
  for (const auto& [sqlstate, written] : rows) {
    const std::string sql = planted_with(written, shape.value);
    client.run(sql);
    if (sqlstate == "-") {
      for (const auto& fields : client.said)
        EXPECT_TRUE(fields.sqlstate.starts_with("00")) << sql << " gave " << fields.message;
      continue;
    }
    const bool as_told =
        std::ranges::any_of(client.said, [&](const auto& fields) { return fields.sqlstate == sqlstate; });
    EXPECT_TRUE(as_told || !as_written)
        << sql << " gave "
        << (client.said.empty() ? "nothing" : client.said.back().sqlstate + " " + client.said.back().message);
    kept.as_told += as_told ? 1 : 0;
    const auto names = catalog_names(client);
    for (const auto& fields : client.said) {
      expect_clean(fields, sql, shape.canary);
      ++kept.said;
      kept.planted += holds_canary(fields.message + fields.detail + fields.hint + fields.context +
                                       fields.internal_query + fields.statement,
                                   shape.canary)
                          ? 1
                          : 0;
      count_kept(fields, names, shape.canary, kept);
    }
  }
}

TEST_F(RedactReal, NoPlantedValueOfAnyShapeLeavesAndWhatExistsIsKept) {
  const auto rows = canaries("redaction_more_canaries.tsv");
  ASSERT_GE(rows.size(), 120u);
  Kept kept;
  int number = 0;
  for (const auto& shape : kShapes) {
    SCOPED_TRACE(shape.value);
    const std::string database = "shape_" + std::to_string(number++);
    Connection(server->conninfo()).run("create database " + database);
    Connection client(server->conninfo(database));
    run_shape(rows, shape, client, kept);
  }
  std::printf("%zu errors and notices said, %zu hold the value, %zu codes as told\n", kept.said, kept.planted,
              kept.as_told);
  std::printf("sentences kept: %zu of %zu, names of existing objects kept: %zu of %zu\n", kept.sentences,
              kept.of_sentences, kept.names, kept.of_names);
  EXPECT_GE(kept.planted * 2, kept.said);
  EXPECT_GE(kept.sentences * 100, kept.of_sentences * 95);
  EXPECT_GE(kept.names * 100, kept.of_names * 95);
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
