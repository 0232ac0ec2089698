#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "support/client_session.h"
#include "support/memory_intake.h"
#include "support/tail_runner.h"
#include "support/temporary_postgres.h"
#include "tail/file_follower.h"
#include "tail/log_tail.h"

namespace selfheal::tail {
namespace {

using test::ClientSession;
using test::MemoryIntake;
using test::TailRunner;
using test::TemporaryPostgres;

LogTailOptions options(const TemporaryPostgres& server) {
  return {.server = ServerId("s"),
          .log_directory = server.log_directory(),
          .own_users = {"selfheal_observe"},
          .name = test::name_by_sqlstate};
}

// Counts the errors that stand in all log files, without the code under test.
std::size_t errors_in(const std::filesystem::path& directory) {
  std::size_t errors = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (!entry.path().filename().string().contains(".json")) continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);)
      for (const auto* level : {"ERROR", "FATAL", "PANIC"})
        errors += line.contains(fmt::format(R"("error_severity":"{}")", level)) ? 1 : 0;
  }
  return errors;
}

const ErrorEvent* event_with(const MemoryIntake& intake, std::string_view sqlstate) {
  for (const auto& batch : intake.batches)
    for (const auto& sighting : batch.sightings)
      if (sighting.exemplar.sqlstate == sqlstate) return &sighting.exemplar;
  return nullptr;
}

// Lines that are no errors but matter, such as the recovery of a crash.
std::size_t notices_in(const MemoryIntake& intake) {
  std::size_t notices = 0;
  for (const auto& batch : intake.batches)
    for (const auto& sighting : batch.sightings)
      if (!sighting.exemplar.trouble.empty()) notices += sighting.keys.size();
  return notices;
}

// Waits until the tail runs and has passed what the server wrote about its own start.
void let_begin(const TemporaryPostgres& server, TailRunner& tailing, MemoryIntake& intake) {
  ASSERT_TRUE(tailing.turn_until([&] { return intake.stored.has_value(); }));
  ClientSession(server.conninfo()).exec("DO $$ BEGIN RAISE SQLSTATE 'SH001'; END $$");
  ASSERT_TRUE(tailing.turn_until([&] { return event_with(intake, "SH001") != nullptr; }));
  intake.keys.clear();
  intake.batches.clear();
}

TEST(TailOfAServer, SeesRealErrorsWithTheirIdentity) {
  const TemporaryPostgres server;
  MemoryIntake intake;
  TailRunner tailing(options(server), intake);
  let_begin(server, tailing, intake);
  ClientSession session(server.conninfo());
  const SystemClock clock;
  const auto before = clock.now();
  session.exec("CREATE TABLE orders(id int PRIMARY KEY)");
  session.exec("INSERT INTO orders VALUES (1)");
  EXPECT_EQ(session.exec("INSERT INTO orders VALUES (1)").sqlstate, "23505");
  EXPECT_EQ(session.exec("SELECT missing FROM orders").sqlstate, "42703");
  session.exec("CREATE ROLE selfheal_observe LOGIN");
  ClientSession own(server.conninfo("postgres", "selfheal_observe"));
  EXPECT_EQ(own.exec("SELECT * FROM orders").sqlstate, "42501");
  EXPECT_EQ(session.exec("SELECT 1/0").sqlstate, "22012");
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 3; }));
  const auto* duplicate = event_with(intake, "23505");
  ASSERT_NE(duplicate, nullptr);
  EXPECT_EQ(duplicate->pid, session.backend_pid());
  EXPECT_EQ(duplicate->statement, "INSERT INTO orders VALUES (1)");
  EXPECT_EQ(duplicate->database, "postgres");
  EXPECT_EQ(duplicate->backend_type, "client backend");
  EXPECT_GE(duplicate->key.at, before - 1s);
  EXPECT_LE(duplicate->key.at, clock.now() + 1s);
  EXPECT_EQ(event_with(intake, "42501"), nullptr) << "an error of Selfheal's own role";
  EXPECT_EQ(tailing.counters().own_lines, 1);
  EXPECT_EQ(tailing.counters().malformed_lines, 0);
}

TEST(TailOfAServer, LosesNothingThroughRotationsAndRestarts) {
  TemporaryPostgres server;
  MemoryIntake intake;
  {
    TailRunner tailing(options(server), intake);
    let_begin(server, tailing, intake);
  }
  const auto errors_before = errors_in(server.log_directory());
  for (int round = 0; round < 3; ++round) {
    TailRunner tailing(options(server), intake);
    ClientSession session(server.conninfo());
    for (int i = 0; i < 20; ++i) {
      session.exec(fmt::format("SELECT missing_{}", i));
      if (i == 8) tailing.turn_until([&] { return tailing.counters().lines > 5; });
      if (i == 10)
        std::filesystem::rename(server.json_log(), server.json_log().string() + fmt::format(".{}", round));
      if (i % 5 == 0) session.exec("SELECT pg_rotate_logfile()");
    }
    if (round == 1) server.restart();
    if (round == 2) server.restart(test::StopMode::immediate);
  }
  TailRunner tailing(options(server), intake);
  ClientSession session(server.conninfo());
  session.exec("SELECT 1/0");
  ASSERT_TRUE(tailing.turn_until([&] { return event_with(intake, "22012") != nullptr; }));
  EXPECT_GE(intake.keys.size(), 61U);
  EXPECT_EQ(intake.keys.size() - notices_in(intake), errors_in(server.log_directory()) - errors_before);
  EXPECT_EQ(intake.dropped_keys, 0);
  EXPECT_EQ(tailing.counters().possible_gaps, 0);
}

TEST(TailOfAServer, KeepsItsPlaceWhileTheServerReusesOneFileName) {
  // The name never changes; only a rotation by time truncates, so pg_rotate_logfile() appends.
  const TemporaryPostgres server(
      {.settings = {{"log_filename", "pg.log"}, {"log_truncate_on_rotation", "on"}}});
  MemoryIntake intake;
  TailRunner tailing(options(server), intake);
  let_begin(server, tailing, intake);
  ClientSession session(server.conninfo());
  for (std::size_t i = 1; i <= 6; ++i) {
    session.exec("SELECT 1/0");
    ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == i; }));
    session.exec("SELECT pg_rotate_logfile()");
  }
  EXPECT_EQ(intake.dropped_keys, 0);
}

TEST(TailOfAServer, GetsTheTimeRightInEveryTimeZone) {
  const TemporaryPostgres server({.settings = {{"log_timezone", "Europe/Berlin"}}});
  MemoryIntake intake;
  TailRunner tailing(options(server), intake);
  let_begin(server, tailing, intake);
  const SystemClock clock;
  const auto before = clock.now();
  ClientSession session(server.conninfo());
  session.exec("SELECT 1/0");
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 1; }));
  EXPECT_GE(intake.keys[0].at, before - 1s);
  EXPECT_LE(intake.keys[0].at, clock.now() + 1s);
}

TEST(TailOfAServer, TakesErrorsOfDatabasesInOtherEncodings) {
  const TemporaryPostgres server;
  MemoryIntake intake;
  TailRunner tailing(options(server), intake);
  let_begin(server, tailing, intake);
  ClientSession(server.conninfo())
      .exec("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  ClientSession session(server.conninfo("latin"));
  session.exec("SET client_encoding TO 'LATIN1'");
  EXPECT_EQ(session.exec("SELECT caf\xE9").sqlstate, "42703");
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 1; }));
  EXPECT_EQ(event_with(intake, "42703")->statement, "SELECT caf\xEF\xBF\xBD");
}

TEST(TailOfAServer, CutsTheStatementOfAHugeErrorAndKnowsItStill) {
  const TemporaryPostgres server;
  MemoryIntake intake;
  TailRunner tailing(options(server), intake);
  let_begin(server, tailing, intake);
  ClientSession session(server.conninfo());
  session.exec("SELECT missing /*" + std::string(3'000'000, 'x') + "*/");
  session.exec("SELECT 1/0");
  ASSERT_TRUE(tailing.turn_until([&] { return intake.keys.size() == 2; }));
  EXPECT_EQ(tailing.counters().cut_lines, 1);
  EXPECT_EQ(event_with(intake, "42703")->message, "column \"missing\" does not exist");
}

TEST(TailOfAServer, FindsTheLogDirectory) {
  const TemporaryPostgres server;
  EXPECT_EQ(log_directory_of(server.data_directory()).value(), server.log_directory());
}

}  // namespace
}  // namespace selfheal::tail
