#include <fmt/format.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "codes/error_cases.h"
#include "codes/locales.h"
#include "healing/name.h"
#include "support/client_session.h"
#include "support/running_api.h"
#include "support/temporary_postgres.h"
#include "tail/csv_log.h"
#include "tail/json_log.h"
#include "tail/stderr_log.h"

// The same error has the same family, whatever the language of the server and whoever saw it.
namespace selfheal {
namespace {

using test::TemporaryPostgres;

// What one language's session saw of each case, in the order of the cases.
using Seen = std::vector<ErrorEvent>;

struct Connection {
  explicit Connection(const std::string& conninfo) : pg(PQconnectdb(conninfo.c_str())) {}
  ~Connection() { PQfinish(pg); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  PGconn* pg;
};

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text ? text : "";
}

// As a client of libpq reports it.
ErrorEvent wire_event(const PGresult* result) {
  return {.intake = Intake::wire,
          .sqlstate = field(result, PG_DIAG_SQLSTATE),
          .level = field(result, PG_DIAG_SEVERITY_NONLOCALIZED),
          .message = field(result, PG_DIAG_MESSAGE_PRIMARY),
          .detail = field(result, PG_DIAG_MESSAGE_DETAIL),
          .hint = field(result, PG_DIAG_MESSAGE_HINT),
          .context = field(result, PG_DIAG_CONTEXT),
          .routine = field(result, PG_DIAG_SOURCE_FUNCTION),
          .objects = {.schema = field(result, PG_DIAG_SCHEMA_NAME),
                      .table = field(result, PG_DIAG_TABLE_NAME),
                      .column = field(result, PG_DIAG_COLUMN_NAME),
                      .constraint = field(result, PG_DIAG_CONSTRAINT_NAME),
                      .datatype = field(result, PG_DIAG_DATATYPE_NAME)}};
}

// By POST, without the server's function, which few drivers give.
Seen through_api(const Seen& wire) {
  test::RunningApi running;
  running.administration.watched = {{.name = ServerId("s")}};
  std::string lines;
  for (const auto& event : wire)
    lines += boost::json::serialize(boost::json::object{{"message", event.message},
                                                        {"sqlstate", event.sqlstate},
                                                        {"level", event.level},
                                                        {"detail", event.detail},
                                                        {"hint", event.hint},
                                                        {"context", event.context},
                                                        {"schema_name", event.objects.schema},
                                                        {"table_name", event.objects.table},
                                                        {"column_name", event.objects.column},
                                                        {"constraint_name", event.objects.constraint},
                                                        {"datatype_name", event.objects.datatype}}) +
             "\n";
  const auto response = running.send_tcp({.method = "POST",
                                          .target = "/api/v1/errors",
                                          .body = std::move(lines),
                                          .content_type = "application/x-ndjson"},
                                         test::kIngestKey);
  EXPECT_EQ(response.status, 200) << response.body;
  return running.book.reported;
}

struct Spoken {
  std::string locale;
  int pid = 0;
  Seen wire;
};

Spoken raise_all(const TemporaryPostgres& server, const std::string& locale) {
  const Connection connection(server.conninfo());
  PQsetNoticeProcessor(connection.pg, [](void*, const char*) {}, nullptr);
  Spoken spoken{.locale = locale, .pid = PQbackendPID(connection.pg)};
  const auto run = [&](const std::string& sql) { return PQexec(connection.pg, sql.c_str()); };
  for (const auto& one : test::error_cases()) {
    for (const auto* statement : {"ROLLBACK", "RESET ALL", "RESET ROLE"}) PQclear(run(statement));
    PQclear(run(fmt::format("SET lc_messages = '{}'", locale)));
    PGresult* result = run(std::string(one.sql));
    spoken.wire.push_back(wire_event(result));
    EXPECT_EQ(PQresultStatus(result), PGRES_FATAL_ERROR) << one.sql;
    PQclear(result);
  }
  return spoken;
}

void prepare(const TemporaryPostgres& server) {
  const Connection connection(server.conninfo());
  PGresult* made = PQexec(connection.pg, std::string(test::kErrorCaseSetup).c_str());
  EXPECT_EQ(PQresultStatus(made), PGRES_COMMAND_OK) << PQresultErrorMessage(made);
  PQclear(made);
}

using LogEvents = std::map<int, Seen>;  // by pid

void keep(tail::Decoded decoded, LogEvents& events) {
  for (auto& record : decoded) {
    ASSERT_TRUE(record) << record.error().message;
    if (record->event.level == "ERROR") events[record->event.pid].push_back(record->event);
  }
}

LogEvents read_log(const std::filesystem::path& file, tail::LogDecoder& decoder) {
  LogEvents events;
  std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  std::uint64_t offset = 0;
  for (std::string line; std::getline(in, line); offset += line.size() + 1)
    keep(decoder.take({.text = line, .offset = offset}, {}), events);
  keep(decoder.finish({}), events);
  return events;
}

LogEvents read_json_log(const std::filesystem::path& file) {
  LogEvents events;
  tail::JsonLogDecoder decoder(ServerId("s"));
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    tail::Decoded decoded;
    decoded.push_back(decoder.decode({.text = line}, {}));
    keep(std::move(decoded), events);
  }
  return events;
}

std::string with_category(const ErrorEvent& event) {
  const auto sighting = healing::sighting_of(event);
  return fmt::format("{} {} {}", sighting.name.family, to_text(sighting.error_class.category),
                     sighting.error_class.why);
}

// Each case of one language and one intake must be what the English wire says.
int disagreements(const Seen& seen, const Seen& english, const std::string& who) {
  if (seen.size() != english.size()) {
    ADD_FAILURE() << who << " saw " << seen.size() << " of " << english.size() << " errors";
    return 1;
  }
  int wrong = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto is = with_category(seen[i]);
    const auto wanted = with_category(english[i]);
    EXPECT_EQ(is, wanted) << who << ": " << test::error_cases()[i].sql << "\n  " << seen[i].message;
    wrong += is != wanted ? 1 : 0;
  }
  return wrong;
}

TEST(Families, AreTheSameInEveryLanguageAndFromEveryIntake) {
  const auto locales = test::locales();
  ASSERT_TRUE(locales.has_value()) << locales.error().message;
  const TemporaryPostgres server({.settings = {{"log_destination", "jsonlog,csvlog,stderr"},
                                               {"log_error_verbosity", "default"},
                                               {"log_line_prefix", "%m [%p] %e %q%u@%d "}},
                                  .locales = *locales});
  prepare(server);
  std::vector<Spoken> all;
  for (const auto& locale : test::kLocales) all.push_back(raise_all(server, std::string(locale)));
  const auto& english = all.front().wire;
  for (std::size_t i = 0; i < english.size(); ++i)
    EXPECT_EQ(healing::sighting_of(english[i]).name.family, test::error_cases()[i].family)
        << test::error_cases()[i].sql << "\n  " << english[i].message;

  const auto pids = all.back().pid;
  const auto log = server.log_directory();
  ASSERT_TRUE(test::wait_until([&] {
    const auto json = read_json_log(log / "postgresql.json");
    return json.contains(pids) && json.at(pids).size() == english.size();
  }));
  auto json = read_json_log(log / "postgresql.json");
  tail::CsvLogDecoder csv_decoder(ServerId("s"));
  auto csv = read_log(log / "postgresql.csv", csv_decoder);
  auto plain_decoder = tail::stderr_decoder(ServerId("s"), {.log_line_prefix = "%m [%p] %e %q%u@%d "});
  auto plain = read_log(log / "postgresql.log", *plain_decoder);

  for (auto& spoken : all) {
    const auto& locale = spoken.locale;
    disagreements(spoken.wire, english, locale + " wire");
    disagreements(through_api(spoken.wire), english, locale + " api");
    disagreements(json[spoken.pid], english, locale + " jsonlog");
    disagreements(csv[spoken.pid], english, locale + " csvlog");
    disagreements(plain[spoken.pid], english, locale + " stderr");
  }
}

// Debian's log_line_prefix has no %e: the sentence tells the code where one code alone has it.
TEST(Families, AreReadFromAnEnglishLogWithoutCodes) {
  const std::string prefix = "%m [%p] %q%u@%d ";
  const TemporaryPostgres server(
      {.settings = {
           {"log_destination", "stderr"}, {"log_error_verbosity", "default"}, {"log_line_prefix", prefix}}});
  prepare(server);
  const auto english = raise_all(server, "C");
  Seen seen;
  ASSERT_TRUE(test::wait_until([&] {
    auto decoder = tail::stderr_decoder(ServerId("s"), {.log_line_prefix = prefix});
    seen = read_log(server.log_directory() / "postgresql.log", *decoder)[english.pid];
    return seen.size() == english.wire.size();
  }));
  std::size_t recovered = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const auto family = healing::sighting_of(seen[i]).name.family;
    recovered += family == test::error_cases()[i].family ? 1 : 0;
    if (family != test::error_cases()[i].family) std::printf("not recovered: %s\n", family.c_str());
  }
  std::printf("%zu of %zu families recovered without codes\n", recovered, seen.size());
  // The rest are sentences that several codes share, and what RAISE says in its own words.
  EXPECT_GE(recovered * 100, seen.size() * 90);
}

}  // namespace
}  // namespace selfheal
