#include "watch/error_logs.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/watch_runner.h"

namespace selfheal::watch {
namespace {

using test::ClientSession;
using test::TemporaryPostgres;

// The store at the port's other side, in memory: what was filed by its key, and sightings to be written.
class MemoryBook final : public SightingBook {
 public:
  StatusTask file(ServerId, std::vector<Sighting> sightings, Deadline) override {
    for (auto& sighting : sightings) {
      ++offered;
      const auto key = sighting.keys.front();
      filed.try_emplace({key.line_number, key.at}, sighting.exemplar);
    }
    if (answers_lost > 0) {
      --answers_lost;
      co_return failure(ErrorCode::unavailable, "the answer was lost");
    }
    co_return Status();
  }
  Task<std::vector<WrittenSighting>> sightings_after(ServerId, std::int64_t number, int limit,
                                                     Deadline) override {
    std::vector<WrittenSighting> after;
    for (const auto& sighting : seen)
      if (sighting.number > number && static_cast<int>(after.size()) < limit) after.push_back(sighting);
    co_return after;
  }
  Task<std::string> installation(Deadline) override { co_return std::string("test@1"); }

  std::vector<std::string> messages() const {
    std::vector<std::string> all;
    for (const auto& [_, event] : filed) all.push_back(event.message);
    return all;
  }

  std::map<std::pair<std::int64_t, Time>, ErrorEvent> filed;
  int offered = 0;
  int answers_lost = 0;
  std::vector<WrittenSighting> seen;
};

// Turns a loop with one ErrorLogs on it.
class Running {
 public:
  Running(const TemporaryPostgres& server, SightingBook& book)
      : tasks_(context_.get_executor()),
        error_logs_({.server = ServerId("orders-1"),
                     .target = {.conninfo_without_password = server.conninfo("postgres", "actor")},
                     .name =
                         [](ErrorEvent event) {
                           Sighting sighting{.keys = {event.key}};
                           sighting.exemplar = std::move(event);
                           return sighting;
                         }},
                    book, clock_) {
    tasks_.spawn("error_logs", error_logs_.run());
  }
  ~Running() {
    bool stopped = false;
    asio::co_spawn(context_, tasks_.stop(), [&](std::exception_ptr) { stopped = true; });
    EXPECT_TRUE(wait([&] { return stopped; }));
  }
  template <class Done>
  bool wait(Done done, Duration limit = 20s) {
    const auto end = clock_.steady_now() + limit;
    context_.restart();
    while (!done() && clock_.steady_now() < end)
      context_.run_one_until(std::min(end, clock_.steady_now() + 5ms));
    return done();
  }
  const std::string& state() const { return error_logs_.state(); }

 private:
  SystemClock clock_;
  asio::io_context context_{1};
  TaskGroup tasks_;
  ErrorLogs error_logs_;
};

class ErrorLogsTable : public ::testing::Test {
 protected:
  void make_ready() {
    const auto made = owner.exec(error_logs_script("actor") + "; GRANT INSERT, SELECT ON error_logs TO app");
    ASSERT_TRUE(made.ok) << made.message;
  }
  std::string left() { return owner.exec("SELECT count(*) FROM selfheal_error_logs.arrived").value(); }

  static TemporaryPostgres& with_roles(TemporaryPostgres& server) {
    test::make_roles(server);
    return server;
  }
  TemporaryPostgres server;
  ClientSession owner{with_roles(server).conninfo()};
  ClientSession app{server.conninfo("postgres", "app")};
  MemoryBook book;
};

TEST_F(ErrorLogsTable, AnInsertOfAnApplicationBecomesASightingOnce) {
  make_ready();
  Running running(server, book);
  ASSERT_TRUE(
      app.exec("INSERT INTO error_logs (error_code, error_message, source) VALUES "
               "('23505', 'duplicate key value violates unique constraint \"users_email_key\"', 'web'),"
               "('LOGIN_FAILED', 'ann could not sign in', 'auth'),"
               "(NULL, 'relation \"orderz\" does not exist', NULL)")
          .ok);
  ASSERT_TRUE(running.wait([&] { return left() == "0"; }));
  ASSERT_EQ(book.filed.size(), 3u);
  auto event = book.filed.begin();
  EXPECT_EQ(event->second.sqlstate, "23505");
  EXPECT_EQ(event->second.application, "web");
  EXPECT_EQ(event->second.intake, Intake::error_logs);
  EXPECT_EQ((++event)->second.sqlstate, "");
  EXPECT_EQ(event->second.code, "LOGIN_FAILED");
  EXPECT_EQ((++event)->second.sqlstate, "42P01");  // from its sentence
  EXPECT_EQ(book.offered, 3);
  EXPECT_EQ(owner.exec("SELECT count(*) FROM error_logs").value(), "3");
}

TEST_F(ErrorLogsTable, ACommitThatComesLateIsSeenAndNothingTwice) {
  make_ready();
  Running running(server, book);
  const auto insert = [](int n) {
    return "INSERT INTO error_logs (error_message) VALUES ('error " + std::to_string(n) + "')";
  };
  ClientSession late(server.conninfo("postgres", "app"));
  ClientSession never(server.conninfo("postgres", "app"));
  ASSERT_TRUE(late.exec("BEGIN; " + insert(1)).ok);
  ASSERT_TRUE(never.exec("BEGIN; " + insert(2)).ok);
  ASSERT_TRUE(app.exec(insert(3)).ok);
  ASSERT_TRUE(running.wait([&] { return book.filed.size() == 1; }));
  ASSERT_TRUE(app.exec(insert(4)).ok);
  ASSERT_TRUE(running.wait([&] { return book.filed.size() == 2; }));
  ASSERT_TRUE(never.exec("ROLLBACK").ok);
  ASSERT_TRUE(late.exec("COMMIT").ok);
  ASSERT_TRUE(running.wait([&] { return book.filed.size() == 3 && left() == "0"; }));
  EXPECT_EQ(book.messages(), (std::vector<std::string>{"error 1", "error 3", "error 4"}));
  EXPECT_EQ(book.offered, 3);
}

TEST_F(ErrorLogsTable, WhatWasFiledWithoutAnAnswerIsOfferedAgainUnderTheSameKeys) {
  make_ready();
  book.answers_lost = 2;
  Running running(server, book);
  ASSERT_TRUE(app.exec("INSERT INTO error_logs (error_message) VALUES ('one'), ('two')").ok);
  ASSERT_TRUE(running.wait([&] { return book.answers_lost == 0 && left() == "0"; }));
  EXPECT_EQ(book.offered, 6);
  EXPECT_EQ(book.filed.size(), 2u);
}

TEST_F(ErrorLogsTable, ItTakesTimesWithinReasonOnly) {
  make_ready();
  Running running(server, book);
  ASSERT_TRUE(app.exec("INSERT INTO error_logs (error_message, created_at) VALUES ('a', 'infinity'), ('b', "
                       "'1999-01-01'), "
                       "('c', '-infinity'), ('d', '2999-01-01')")
                  .ok);
  ASSERT_TRUE(running.wait([&] { return left() == "0"; }));
  const auto now = SystemClock().now();
  ASSERT_EQ(book.filed.size(), 4u);
  for (const auto& [key, event] : book.filed) EXPECT_LT(std::chrono::abs(now - event.key.at), 60s);
}

TEST_F(ErrorLogsTable, PeopleReadThereWhatWasSeenAndItDoesNotComeBack) {
  make_ready();
  const auto at = parse_time("2026-11-25T03:40:29.120000Z").value();
  book.seen = {{1, "40P01", "SH-1: deadlock detected", "selfheal log", at},
               {2, "invalid_index", "SH-2: an index is invalid", "selfheal watch", at}};
  {
    Running running(server, book);
    ASSERT_TRUE(running.wait([&] { return owner.exec("SELECT count(*) FROM error_logs").value() == "2"; }));
    book.seen.push_back({7, "23505", "SH-3: again (4 times)", "selfheal log", at});
    ASSERT_TRUE(running.wait([&] { return owner.exec("SELECT count(*) FROM error_logs").value() == "3"; }));
  }
  Running again(server, book);
  ASSERT_TRUE(app.exec("INSERT INTO error_logs (error_message) VALUES ('mine')").ok);
  ASSERT_TRUE(again.wait([&] { return !book.filed.empty() && left() == "0"; }));
  EXPECT_EQ(book.messages(), std::vector<std::string>{"mine"});
  const auto rows = app.exec(
      "SELECT error_code, error_message, source, created_at AT TIME ZONE 'UTC' FROM error_logs "
      "WHERE source LIKE 'selfheal %' ORDER BY id");
  ASSERT_EQ(rows.rows.size(), 3u);
  EXPECT_EQ(rows.value(0, 1), "SH-1: deadlock detected");
  EXPECT_EQ(rows.value(1, 0), "invalid_index");
  EXPECT_EQ(rows.value(2, 2), "selfheal log");
  EXPECT_EQ(rows.value(2, 3), "2026-11-25 03:40:29.12");
}

TEST_F(ErrorLogsTable, ATableThatIsThereAlreadyIsTakenAsItIs) {
  ASSERT_TRUE(
      owner
          .exec("CREATE TABLE error_logs (id serial PRIMARY KEY, error_code varchar(20), error_message text, "
                "source varchar(100), created_at timestamp DEFAULT now(), severity text);"
                "GRANT USAGE ON SEQUENCE error_logs_id_seq TO app, actor")
          .ok);
  make_ready();
  make_ready();  // may be run again
  book.seen = {{1, "40P01", "SH-1: deadlock detected", "selfheal log", SystemClock().now()}};
  Running running(server, book);
  ASSERT_TRUE(app.exec("INSERT INTO error_logs (error_code, error_message) VALUES ('40001', 'x')").ok);
  ASSERT_TRUE(running.wait([&] { return !book.filed.empty() && left() == "0"; }));
  EXPECT_EQ(book.filed.begin()->second.sqlstate, "40001");
  ASSERT_TRUE(running.wait([&] { return owner.exec("SELECT count(*) FROM error_logs").value() == "2"; }));
  EXPECT_EQ(book.filed.size(), 1u);
}

TEST_F(ErrorLogsTable, WithoutTheTableThereIsNoConnection) {
  Running running(server, book);
  running.wait([] { return false; }, 300ms);
  EXPECT_EQ(running.state(), "absent");
  EXPECT_EQ(owner.exec("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'selfheal error_logs'")
                .value(),
            "0");
}

TEST_F(ErrorLogsTable, ARoleWithoutRightsIsToldWhatToDo) {
  ASSERT_TRUE(owner.exec("CREATE ROLE another").ok);
  ASSERT_TRUE(owner.exec(error_logs_script("another")).ok);
  Running running(server, book);
  ASSERT_TRUE(running.wait([&] { return running.state() != "absent"; }));
  EXPECT_NE(running.state().find("selfheal doctor --error-logs create"), std::string::npos)
      << running.state();
}

TEST(ErrorLogsScript, QuotesTheRole) {
  const auto script = error_logs_script("o'brien \"x\"");
  EXPECT_NE(script.find("TO \"o'brien \"\"x\"\"\";"), std::string::npos);
  EXPECT_EQ(script.find(":\"role\"", script.find("BEGIN;")), std::string::npos);
}

}  // namespace
}  // namespace selfheal::watch
