#include "pg/connection.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <fstream>

#include "pg/params.h"
#include "pg/transaction.h"
#include "support/client_session.h"
#include "support/loop.h"
#include "support/temporary_postgres.h"

namespace selfheal::pg {
namespace {

using test::ClientSession;
using test::Loop;
using test::TemporaryPostgres;
using test::wait_until;

// What is spawned at the top must have a result that can be made from nothing.
Task<std::unique_ptr<Transaction>> begin(Connection& connection, TransactionOptions options,
                                         Deadline deadline) {
  CO_TRY(auto transaction, co_await Transaction::begin(connection, options, deadline));
  co_return std::make_unique<Transaction>(std::move(transaction));
}

class ConnectionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<TemporaryPostgres>(); }
  static void TearDownTestSuite() { server_.reset(); }

  Result<std::unique_ptr<Connection>> connect(std::string conninfo, Duration limit = 10s) {
    return loop_.run(
        Connection::connect({.name = "orders-1", .conninfo = std::move(conninfo)}, loop_.in(limit)));
  }
  std::unique_ptr<Connection> connected() {
    auto connection = connect(server_->conninfo());
    EXPECT_TRUE(connection) << connection.error().message;
    return connection ? *std::move(connection) : nullptr;
  }
  Result<Rows> query(Connection& connection, std::string sql, std::vector<Param> params = {},
                     ResultLimits limits = {}) {
    return loop_.run(connection.query(std::move(sql), std::move(params), loop_.in(30s), limits));
  }
  // What an outside observer sees of a backend.
  bool backend_exists(int pid) {
    ClientSession observer(server_->conninfo());
    return observer.exec(fmt::format("select count(*) from pg_stat_activity where pid = {}", pid)).value() ==
           "1";
  }

  Loop loop_;
  inline static std::unique_ptr<TemporaryPostgres> server_;
};

TEST_F(ConnectionTest, ReturnsRowsNullsTagsAndCounts) {
  const auto connection = connected();
  const auto rows =
      query(*connection, "select x as number, nullif(x, 2)::text, $1::text as p from generate_series(1, 3) x",
            {"it's \\ \"ä\""});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->columns, (std::vector<std::string>{"number", "nullif", "p"}));
  ASSERT_EQ(rows->rows.size(), 3u);
  EXPECT_EQ(rows->rows[0], (std::vector<Param>{"1", "1", "it's \\ \"ä\""}));
  EXPECT_EQ(rows->rows[1][1], std::nullopt);
  EXPECT_EQ(rows->command_tag, "SELECT 3");
  EXPECT_EQ(rows->affected, 3);
  const auto none = query(*connection, "select 1 as one where false");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->columns, std::vector<std::string>{"one"});
  EXPECT_TRUE(none->rows.empty());
  const auto null = query(*connection, "select $1::int is null", {std::nullopt});
  EXPECT_EQ(null->rows[0][0], "t");
  EXPECT_TRUE(query(*connection, ""));
}

TEST_F(ConnectionTest, FixesTheSessionSettingsThatDecideHowValuesRead) {
  ClientSession admin(server_->conninfo());
  ASSERT_TRUE(admin.exec("create database odd").ok);
  ASSERT_TRUE(admin.exec("alter database odd set datestyle = 'German'").ok);
  ASSERT_TRUE(admin.exec("alter database odd set timezone = 'Asia/Tokyo'").ok);
  const auto conninfo = server_->conninfo("odd") + " options='-c search_path=pg_catalog -c DateStyle=SQL'";
  const auto connection =
      loop_.run(Connection::connect({.name = "odd",
                                     .conninfo = conninfo,
                                     .application_name = "selfheal observe",
                                     .settings = {{"statement_timeout", "7 s"}, {"TimeZone", "Asia/Tokyo"}}},
                                    loop_.in(10s)));
  ASSERT_TRUE(connection) << connection.error().message;
  const auto rows = query(**connection,
                          "select '2026-11-25 12:00+00'::timestamptz, current_setting('statement_timeout'),"
                          " current_setting('search_path'), current_setting('application_name')");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->rows[0],
            (std::vector<Param>{"2026-11-25 12:00:00+00", "7s", "pg_catalog", "selfheal observe"}));
  EXPECT_EQ((*connection)->server_parameter("TimeZone"), "UTC");
  EXPECT_GE((*connection)->server_version(), 150000);
}

TEST_F(ConnectionTest, RoundTripsArraysAndTimes) {
  const auto connection = connected();
  const std::vector<Param> elements = {"", "NULL", {}, "a,b", "{x}", "q\"\\", " sp ace "};
  const auto rows = query(*connection, "select $1::text[], array_lower($1::text[], 1), $2::timestamptz",
                          {to_array(elements), to_param(Time(std::chrono::microseconds(1234567)))});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(*read_array(rows->rows[0][0]), elements);
  EXPECT_EQ(*read_time(rows->rows[0][2]), Time(std::chrono::microseconds(1234567)));
}

TEST_F(ConnectionTest, TellsErrorsByCodeWithoutTheServersText) {
  const auto connection = connected();
  ASSERT_TRUE(
      loop_.run(connection->script("create table people (name text constraint one_name unique);"
                                   "insert into people values ('Ada')",
                                   loop_.in(10s))));
  const auto twice = query(*connection, "insert into people values ($1)", {"Ada"});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, ErrorCode::failed);
  EXPECT_EQ(twice.error().sqlstate, "23505");
  EXPECT_EQ(twice.error().message, "query on orders-1: server answered 23505");
  const auto& error = connection->last_error();
  EXPECT_EQ(error.severity, "ERROR");
  EXPECT_EQ(error.table, "people");
  EXPECT_EQ(error.constraint, "one_name");
  EXPECT_TRUE(error.detail.contains("Ada"));
  EXPECT_FALSE(query(*connection, "select nothing"));
  EXPECT_EQ(connection->last_error().position, 8);
  EXPECT_TRUE(connection->usable());
  EXPECT_TRUE(query(*connection, "select 1"));
  EXPECT_TRUE(connection->last_error().sqlstate.empty());
}

TEST_F(ConnectionTest, MapsSqlStatesToWhatCallersActOn) {
  const auto connection = connected();
  const auto code = [&](const std::string& sqlstate) {
    const auto raised =
        query(*connection, "do $$ begin raise exception using errcode = '" + sqlstate + "'; end $$");
    EXPECT_FALSE(raised);
    EXPECT_EQ(raised.error().sqlstate, sqlstate);
    return raised.error().code;
  };
  EXPECT_EQ(code("42501"), ErrorCode::refused);
  EXPECT_EQ(code("40001"), ErrorCode::conflict);
  EXPECT_EQ(code("40P01"), ErrorCode::conflict);
  EXPECT_EQ(code("55P03"), ErrorCode::conflict);
  EXPECT_EQ(code("57014"), ErrorCode::timed_out);
  EXPECT_EQ(code("08006"), ErrorCode::unavailable);
  EXPECT_EQ(code("53300"), ErrorCode::unavailable);
  EXPECT_EQ(code("53200"), ErrorCode::failed);
  EXPECT_EQ(code("42P01"), ErrorCode::failed);
}

TEST_F(ConnectionTest, RefusesSeveralStatementsInAQueryAndCopy) {
  const auto connection = connected();
  EXPECT_EQ(query(*connection, "select 1; select 2").error().sqlstate, "42601");
  const auto copy = query(*connection, "copy (select 1) to stdout");
  EXPECT_EQ(copy.error().code, ErrorCode::invalid_input);
  EXPECT_FALSE(connection->usable());
  EXPECT_EQ(query(*connection, "select 1").error().code, ErrorCode::unavailable);
}

TEST_F(ConnectionTest, RefusesInputPostgreSqlCannotTake) {
  const auto connection = connected();
  EXPECT_EQ(query(*connection, "select $1::text", {std::string("a\0b", 3)}).error().code,
            ErrorCode::invalid_input);
  EXPECT_EQ(query(*connection, std::string("select 1\0", 9)).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(query(*connection, "select 1", std::vector<Param>(70000)).error().code, ErrorCode::invalid_input);
  EXPECT_TRUE(query(*connection, "select 1"));
}

TEST_F(ConnectionTest, RunsScriptsAndTellsTheFirstError) {
  const auto connection = connected();
  const auto answers =
      loop_.run(connection->script("select 1; create temp table t (a int);"
                                   "insert into t values (1), (2); select a from t order by a",
                                   loop_.in(10s)));
  ASSERT_TRUE(answers) << answers.error().message;
  ASSERT_EQ(answers->size(), 4u);
  EXPECT_EQ((*answers)[1].command_tag, "CREATE TABLE");
  EXPECT_EQ((*answers)[2].affected, 2);
  EXPECT_EQ((*answers)[3].rows[1][0], "2");
  const auto failed =
      loop_.run(connection->script("insert into t values (3); select 1/0; drop table t", loop_.in(10s)));
  EXPECT_EQ(failed.error().sqlstate, "22012");
  EXPECT_EQ(query(*connection, "select count(*) from t")->rows[0][0], "2");
}

TEST_F(ConnectionTest, CollectsNoticesUpToALimit) {
  const auto connection = connected();
  const auto dropped = query(*connection, "drop table if exists absent");
  ASSERT_EQ(dropped->notices.size(), 1u);
  EXPECT_EQ(dropped->notices[0].severity, "NOTICE");
  EXPECT_EQ(dropped->notices[0].sqlstate, "00000");
  EXPECT_TRUE(dropped->notices[0].message.contains("absent"));
  const auto warned =
      query(*connection, "do $$ begin for i in 1..500 loop raise warning 'w'; end loop; end $$");
  EXPECT_EQ(warned->notices.size(), kNotices);
  EXPECT_EQ(warned->notices[0].severity, "WARNING");
  EXPECT_TRUE(query(*connection, "select 1")->notices.empty());
  EXPECT_FALSE(query(*connection, "do $$ begin raise warning 'w'; perform 1 / 0; end $$"));
  EXPECT_TRUE(query(*connection, "select 1")->notices.empty());
}

TEST_F(ConnectionTest, KeepsTheNoticesOfAScript) {
  const auto connection = connected();
  const auto answers =
      loop_.run(connection->script("drop table if exists absent; select 1; analyze pg_class", loop_.in(10s)));
  ASSERT_TRUE(answers) << answers.error().message;
  std::size_t notices = 0;
  for (const auto& answer : *answers) notices += answer.notices.size();
  EXPECT_EQ(notices, 1u);
}

TEST_F(ConnectionTest, WarnsOfWhatTheServerSkipped) {
  ClientSession admin(server_->conninfo());
  ASSERT_TRUE(admin.exec("create role nobody_special login; create table precious (a int)").ok);
  const auto connection = connect(server_->conninfo("postgres", "nobody_special"));
  ASSERT_TRUE(connection);
  const auto skipped = query(**connection, "analyze precious");
  ASSERT_TRUE(skipped);
  ASSERT_EQ(skipped->notices.size(), 1u);
  EXPECT_EQ(skipped->notices[0].severity, "WARNING");
  EXPECT_EQ(query(**connection, "table precious").error().code, ErrorCode::refused);
}

TEST_F(ConnectionTest, StopsAtTheLimitsAndStaysUsable) {
  const auto connection = connected();
  const auto rows = query(*connection, "select generate_series(1, 11)", {}, {.rows = 10});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().message, "query on orders-1: more than 10 rows");
  EXPECT_TRUE(query(*connection, "select generate_series(1, 10)", {}, {.rows = 10}));
  const auto bytes =
      query(*connection, "select repeat('x', 501) from generate_series(1, 2)", {}, {.bytes = 1000});
  EXPECT_EQ(bytes.error().message, "query on orders-1: more than 1000 bytes");
  EXPECT_TRUE(query(*connection, "select 1"));
}

TEST_F(ConnectionTest, SendsAndReceivesMoreThanTheSocketHolds) {
  const auto connection = connected();
  const std::string big(8u << 20, 'x');
  const auto rows = query(*connection, "select $1::text, length($1::text)", {big});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->rows[0][0], big);
}

TEST_F(ConnectionTest, TellsTheCodeOfATerminatedBackend) {
  const auto connection = connected();
  ClientSession admin(server_->conninfo());
  const auto terminate = fmt::format("select pg_terminate_backend({}, 5000)", connection->backend_pid());
  ASSERT_EQ(admin.exec(terminate).value(), "t");
  EXPECT_TRUE(connection->usable());
  const auto answer = query(*connection, "select 1");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().sqlstate, "57P01");
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(connection->usable());
  EXPECT_EQ(connection->backend_pid(), 0);
}

TEST_F(ConnectionTest, CancelsAtTheDeadlineAndTheBackendIsGone) {
  const auto connection = connected();
  const auto pid = connection->backend_pid();
  const auto start = loop_.now();
  const auto answer = loop_.run(connection->query("select pg_sleep(60)", {}, loop_.in(100ms)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
  EXPECT_EQ(answer.error().message, "query on orders-1: no answer before the deadline; it was cancelled");
  EXPECT_LT(loop_.since(start), 30s);
  EXPECT_FALSE(connection->usable());
  EXPECT_TRUE(wait_until([&] { return !backend_exists(pid); }));
}

TEST_F(ConnectionTest, DoesNotWaitForAFrozenBackend) {
  const auto connection = connected();
  const auto pid = connection->backend_pid();
  ASSERT_EQ(kill(pid, SIGSTOP), 0);
  const auto answer = loop_.run(connection->query("select 1", {}, loop_.in(100ms)));
  EXPECT_EQ(answer.error().code, ErrorCode::timed_out);
  EXPECT_TRUE(answer.error().message.ends_with("it may still be running"));
  ASSERT_EQ(kill(pid, SIGCONT), 0);
  EXPECT_TRUE(wait_until([&] { return !backend_exists(pid); }));
}

TEST_F(ConnectionTest, CancellationEndsTheStatementAndTheSession) {
  const auto connection = connected();
  const auto pid = connection->backend_pid();
  asio::cancellation_signal signal;
  std::optional<Result<Rows>> answer;
  asio::co_spawn(loop_.context(), connection->query("select pg_sleep(60)", {}, loop_.in(60s)),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, Result<Rows> result) {
                   answer.emplace(std::move(result));
                 }));
  const auto active = [&] {
    loop_.turn();
    ClientSession observer(server_->conninfo());
    return observer
               .exec(fmt::format("select 1 from pg_stat_activity where pid = {} and wait_event = 'PgSleep'",
                                 pid))
               .rows.size() == 1;
  };
  ASSERT_TRUE(wait_until(active));
  signal.emit(asio::cancellation_type::terminal);
  loop_.finish([&] { return answer.has_value(); });
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, ErrorCode::cancelled);
  EXPECT_FALSE(connection->usable());
  EXPECT_TRUE(wait_until([&] { return !backend_exists(pid); }));
}

// Stopped right after it was sent, a statement ran on to its timeout: the backend had not begun it yet.
TEST_F(ConnectionTest, AStatementThatIsStoppedBeforeItBeginsDoesNotRun) {
  const auto connection = connected();
  const auto pid = connection->backend_pid();
  ASSERT_EQ(kill(pid, SIGSTOP), 0);
  asio::cancellation_signal signal;
  std::optional<Result<Rows>> answer;
  asio::co_spawn(loop_.context(), connection->query("select pg_sleep(60)", {}, loop_.in(60s)),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr, Result<Rows> result) {
                   answer.emplace(std::move(result));
                 }));
  loop_.turn();
  signal.emit(asio::cancellation_type::terminal);
  loop_.finish([&] { return answer.has_value(); });
  const auto is_asked = [&] {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("ShdPnd:"))
        return (std::stoull(line.substr(8), nullptr, 16) & (1u << (SIGINT - 1))) != 0;
    return false;
  };
  EXPECT_TRUE(wait_until(is_asked));
  ASSERT_EQ(kill(pid, SIGCONT), 0);
  EXPECT_TRUE(wait_until([&] { return !backend_exists(pid); }));
}

TEST_F(ConnectionTest, ALoopThatEndsInTheMiddleLeavesNothingBehind) {
  std::unique_ptr<Connection> connection;  // outlives the loop
  int pid = 0;
  {
    Loop other;
    const ConnectOptions options{.name = "orders-1", .conninfo = server_->conninfo()};
    connection = other.run(Connection::connect(options, other.in(10s))).value();
    pid = connection->backend_pid();
    asio::co_spawn(other.context(), connection->query("select pg_sleep(60)", {}, other.in(60s)),
                   [](std::exception_ptr, const Result<Rows>&) {});
    other.turn();
    ASSERT_TRUE(backend_exists(pid));
  }
  EXPECT_FALSE(connection->usable());
  EXPECT_TRUE(wait_until([&] { return !backend_exists(pid); }));
}

TEST_F(ConnectionTest, CommitTellsWhenTheTransactionHadFailed) {
  const auto connection = connected();
  auto transaction = loop_.run(begin(*connection, {}, loop_.in(10s)));
  ASSERT_TRUE(transaction);
  EXPECT_TRUE(connection->in_transaction());
  EXPECT_FALSE(query(*connection, "select 1/0"));
  const auto committed = loop_.run((*transaction)->commit(loop_.in(10s)));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().sqlstate, "25P02");
  EXPECT_TRUE(connection->usable());
  EXPECT_FALSE(connection->in_transaction());
}

TEST_F(ConnectionTest, CommitsRollsBackAndHonoursTheOptions) {
  const auto connection = connected();
  ASSERT_TRUE(query(*connection, "create table kept (a int)"));
  const TransactionOptions strict{.isolation = Isolation::serializable, .read_only = true};
  auto reading = loop_.run(begin(*connection, strict, loop_.in(10s)));
  ASSERT_TRUE(reading);
  EXPECT_EQ(query(*connection, "show transaction_isolation")->rows[0][0], "serializable");
  EXPECT_EQ(query(*connection, "insert into kept values (0)").error().sqlstate, "25006");
  EXPECT_TRUE(loop_.run((*reading)->rollback(loop_.in(10s))));
  auto writing = loop_.run(begin(*connection, {}, loop_.in(10s)));
  ASSERT_TRUE(query(*connection, "insert into kept values (1)"));
  EXPECT_TRUE(loop_.run((*writing)->commit(loop_.in(10s))));
  EXPECT_EQ(query(*connection, "select count(*) from kept")->rows[0][0], "1");
  {
    const auto forgotten = loop_.run(begin(*connection, {}, loop_.in(10s)));
  }
  EXPECT_FALSE(connection->usable());
}

TEST_F(ConnectionTest, CommitWithoutAnAnswerSaysThatNobodyKnows) {
  const auto connection = connected();
  ClientSession admin(server_->conninfo());
  auto transaction = loop_.run(begin(*connection, {}, loop_.in(10s)));
  ASSERT_TRUE(transaction);
  ASSERT_EQ(
      admin.exec(fmt::format("select pg_terminate_backend({}, 5000)", connection->backend_pid())).value(),
      "t");
  const auto committed = loop_.run((*transaction)->commit(loop_.in(10s)));
  EXPECT_EQ(committed.error().sqlstate, "08007");
  EXPECT_EQ(committed.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace selfheal::pg
