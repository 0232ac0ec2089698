// One real server that writes its log in all three formats: three tails see the same events.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "support/client_session.h"
#include "support/memory_intake.h"
#include "support/tail_runner.h"
#include "support/temporary_postgres.h"
#include "tail/log_tail.h"

namespace selfheal::tail {
namespace {

using test::ClientSession;
using test::MemoryIntake;
using test::TailRunner;
using test::TemporaryPostgres;

constexpr const char* kPrefix = "%m [%p] %c %l %e %q%u@%d %a: ";
constexpr const char* kDebianPrefix = "%m [%p] %q%u@%d ";

// One fingerprint an event, so that each keeps its exemplar.
Sighting name_by_key(ErrorEvent event) {
  auto sighting = test::name_by_sqlstate(std::move(event));
  const auto& key = sighting.exemplar.key;
  sighting.name.fingerprint = fmt::format("{} {}", key.session_id, key.line_number);
  return sighting;
}

struct Format {
  LogFormat format;
  MemoryIntake intake = MemoryIntake();
  std::unique_ptr<TailRunner> tailing = nullptr;

  void begin(const TemporaryPostgres& server, const std::string& prefix) {
    tailing = std::make_unique<TailRunner>(LogTailOptions{.server = ServerId("s"),
                                                          .log_directory = server.log_directory(),
                                                          .format = format,
                                                          .log_filename = "pg.log",
                                                          .log_line_prefix = prefix,
                                                          .name = name_by_key},
                                           intake);
    ASSERT_TRUE(tailing->turn_until([&] { return intake.stored.has_value(); }));
  }
  std::vector<ErrorEvent> events() const {
    std::vector<ErrorEvent> all;
    for (const auto& batch : intake.batches)
      for (const auto& sighting : batch.sightings) all.push_back(sighting.exemplar);
    return all;
  }
};

using Seen = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string,
                        std::string, std::string>;

// What every format tells, in the order of each process.
std::map<int, std::vector<Seen>> seen_by(const Format& format) {
  std::map<int, std::vector<Seen>> seen;
  for (const auto& e : format.events())
    seen[e.pid].emplace_back(e.level, e.message, e.detail, e.hint, e.context, e.statement, e.database,
                             e.user);
  return seen;
}

void make_troubles(TemporaryPostgres& server) {
  ClientSession session(server.conninfo());
  session.exec("CREATE TABLE orders(id int PRIMARY KEY, note text)");
  session.exec(
      "INSERT INTO orders VALUES (1, 'a \"quoted\",\n,note\twith 2026-11-25 10:00:00.000 UTC,\"x\"')");
  session.exec("INSERT INTO orders\n  VALUES (1, 'a \"quoted\",\n\n\n,note\n\twith a tab')");
  session.exec("SELECT missing\n  FROM orders");
  session.exec("SELECT pg_rotate_logfile()");
  session.exec(
      "DO $$ BEGIN\n RAISE EXCEPTION E'line one\\nline \"two\"' USING DETAIL = E'd\\n\\td', HINT = 'h,\"'; "
      "END $$");
  session.exec("SET log_temp_files = 0");
  session.exec("SET work_mem = '64kB'");
  session.exec(
      "SELECT count(*) FROM (SELECT g, repeat('x', 50) FROM generate_series(1, 300000) g ORDER BY 2, 1) s");
  const auto pid = session.backend_pid();
  ClientSession(server.conninfo()).exec(fmt::format("SELECT pg_terminate_backend({}, 5000)", pid));
}

// What the server wrote about its own start may still be on its way: one tail begins behind it, another in
// front.
void let_begin(const TemporaryPostgres& server, std::initializer_list<Format*> formats) {
  ClientSession(server.conninfo()).exec("DO $$ BEGIN RAISE SQLSTATE 'SH001'; END $$");
  for (auto* format : formats) {
    ASSERT_TRUE(format->tailing->turn_until([&] {
      return std::ranges::any_of(format->events(),
                                 [](const ErrorEvent& e) { return e.message.contains("SH001"); });
    }));
    format->intake.keys.clear();
    format->intake.batches.clear();
  }
}

class FormatsOfAServer : public ::testing::TestWithParam<const char*> {};

TEST_P(FormatsOfAServer, TellTheSame) {
  TemporaryPostgres server({.settings = {{"log_destination", "stderr,csvlog,jsonlog"},
                                         {"log_filename", "pg.log"},
                                         {"log_error_verbosity", "default"},
                                         {"log_line_prefix", fmt::format("{}", GetParam())}}});
  Format json{LogFormat::jsonlog};
  Format csv{LogFormat::csvlog};
  Format plain{LogFormat::stderr_};
  for (auto* format : {&json, &csv, &plain}) format->begin(server, GetParam());
  let_begin(server, {&json, &csv, &plain});
  make_troubles(server);
  server.restart(test::StopMode::immediate);
  ClientSession(server.conninfo()).exec("SELECT 1/0");
  for (auto* format : {&json, &csv, &plain}) {
    ASSERT_TRUE(format->tailing->turn_until([&] {
      return std::ranges::any_of(format->events(),
                                 [](const ErrorEvent& e) { return e.message == "division by zero"; });
    }));
    EXPECT_EQ(format->tailing->counters().malformed_lines, 0);
    EXPECT_EQ(format->tailing->counters().possible_gaps, 0);
  }
  const auto expected = seen_by(json);
  EXPECT_GE(json.events().size(), 6U);
  EXPECT_EQ(seen_by(csv), expected);
  EXPECT_EQ(seen_by(plain), expected);
  EXPECT_EQ(csv.intake.keys, json.intake.keys);
  // %l counts the lines of a message too, so only times and sessions are the same in plain text.
  ASSERT_EQ(plain.intake.keys.size(), json.intake.keys.size());
  for (std::size_t i = 0; std::string_view(GetParam()) == kPrefix && i < plain.intake.keys.size(); ++i) {
    EXPECT_EQ(plain.intake.keys[i].at, json.intake.keys[i].at);
    EXPECT_EQ(plain.intake.keys[i].session_id, json.intake.keys[i].session_id);
  }
  const auto events = json.events();
  EXPECT_TRUE(std::ranges::any_of(events, [](const auto& e) { return e.trouble == "temp_file"; }));
}

INSTANTIATE_TEST_SUITE_P(Prefixes, FormatsOfAServer, ::testing::Values(kPrefix, kDebianPrefix));

}  // namespace
}  // namespace selfheal::tail
