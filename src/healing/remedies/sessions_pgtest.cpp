// Whom the remedies that signal sessions reach, and whom not, on a real server.
#include <gtest/gtest.h>

#include "healing/remedies/cancel_waiting_ddl.h"
#include "healing/remedies/terminate_idle_sessions.h"
#include "pg/identifier.h"
#include "support/client_session.h"
#include "support/temporary_postgres.h"

namespace selfheal::healing {
namespace {

using test::Answer;
using test::ClientSession;

class Signals : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<test::TemporaryPostgres>();
    ASSERT_TRUE(
        session("postgres")
            .exec("CREATE ROLE app LOGIN; CREATE ROLE acting LOGIN; GRANT pg_monitor, pg_signal_backend "
                  "TO acting; CREATE TABLE ledger (id int); CREATE TABLE other (id int);"
                  "ALTER TABLE ledger OWNER TO app; ALTER TABLE other OWNER TO app;"
                  "GRANT CREATE ON SCHEMA public TO app")
            .ok);
  }
  static void TearDownTestSuite() { server_.reset(); }
  static ClientSession session(const std::string& user = "app") {
    return ClientSession(server_->conninfo("postgres", user));
  }
  static std::string value_of(const std::string& sql) {
    auto admin = session("postgres");
    admin.exec("SET TimeZone = 'UTC'");
    return admin.exec(sql).value();
  }
  static Time time_of(const std::string& column, int pid) {
    return *parse_time(
        value_of("SELECT " + column + " FROM pg_stat_activity WHERE pid = " + std::to_string(pid)));
  }

  // A step as the acting connection runs it.
  static Answer run(ClientSession& client, const Step& step) {
    std::string values;
    for (const auto& param : step.params)
      values += (values.empty() ? "(" : ", ") + pg::quote_literal(param.value_or(""));
    client.exec("DEALLOCATE ALL");
    if (step.params.empty()) return client.exec(step.sql);
    const auto prepared = client.exec("PREPARE act AS " + step.sql);
    return prepared.ok ? client.exec("EXECUTE act" + values + ")") : prepared;
  }
  static Answer guarded(const Remedy& remedy) {
    auto client = session("acting");
    auto answer = run(client, remedy.guarded());
    EXPECT_TRUE(answer.ok) << answer.message;
    return answer;
  }

  static bool waits(const ClientSession& client) {
    return test::wait_until([&] {
      return value_of("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = " +
                      std::to_string(client.backend_pid())) == "1";
    });
  }
  static LockQueue queue_of(const ClientSession& ddl, const std::string& table = "ledger") {
    return {.database_oid = std::stoll(value_of("SELECT oid FROM pg_database WHERE datname = 'postgres'")),
            .table_oid = std::stoll(value_of("SELECT '" + table + "'::regclass::oid")),
            .database = "postgres",
            .waiting = {{.pid = ddl.backend_pid(),
                         .backend_start = time_of("backend_start", ddl.backend_pid()),
                         .query_start = time_of("query_start", ddl.backend_pid())}}};
  }

 private:
  static std::unique_ptr<test::TemporaryPostgres> server_;
};
std::unique_ptr<test::TemporaryPostgres> Signals::server_;

// A reader has the table, a schema change waits for it, a second reader waits behind.
class WaitingDdl : public Signals {
 protected:
  void begin(const std::string& before, const std::string& user = "app") {
    ASSERT_TRUE(reader_.exec("BEGIN; SELECT * FROM ledger").ok);
    ddl_ = session(user);
    if (!before.empty()) ASSERT_TRUE(ddl_.exec(before).ok);
    ddl_.send("ALTER TABLE ledger ADD COLUMN more int");
    ASSERT_TRUE(waits(ddl_));
    behind_.send("SELECT * FROM ledger");
    ASSERT_TRUE(waits(behind_));
  }
  ClientSession reader_ = session();
  ClientSession ddl_ = session();
  ClientSession behind_ = session();
};

TEST_F(WaitingDdl, IsCancelledAndTheQueueMovesOn) {
  begin("");
  EXPECT_EQ(guarded(cancel_waiting_ddl(queue_of(ddl_), kCancelWaitingDdl)).value(), "t");
  EXPECT_EQ(ddl_.collect().sqlstate, "57014");
  EXPECT_TRUE(behind_.collect().ok);
  EXPECT_TRUE(reader_.exec("COMMIT").ok);
  EXPECT_TRUE(ddl_.exec("SELECT 1").ok) << "the session lives on";
}

TEST_F(WaitingDdl, IsLeftAloneWhenItsTransactionHasMoreToLose) {
  for (const char* before :
       {"BEGIN; UPDATE other SET id = 1", "BEGIN; CREATE TABLE IF NOT EXISTS made (id int)",
        "BEGIN; LOCK TABLE ledger IN ROW EXCLUSIVE MODE"}) {
    reader_ = session();
    behind_ = session();
    begin(before);
    EXPECT_TRUE(guarded(cancel_waiting_ddl(queue_of(ddl_), kCancelWaitingDdl)).rows.empty()) << before;
    EXPECT_EQ(guarded(cancel_waiting_ddl(queue_of(ddl_), kCancelWaitingTransaction)).value(), "t") << before;
    EXPECT_EQ(ddl_.collect().sqlstate, "57014") << before;
    EXPECT_TRUE(behind_.collect().ok) << before;
    reader_.close();
    ddl_.close();
  }
}

TEST_F(WaitingDdl, IsCancelledInATransactionThatOnlyRead) {
  begin("BEGIN; SELECT count(*) FROM other");
  EXPECT_EQ(guarded(cancel_waiting_ddl(queue_of(ddl_), kCancelWaitingDdl)).value(), "t");
  EXPECT_EQ(ddl_.collect().sqlstate, "57014");
  EXPECT_TRUE(behind_.collect().ok);
}

TEST_F(WaitingDdl, IsNeverASuperusers) {
  begin("", "postgres");
  EXPECT_TRUE(guarded(cancel_waiting_ddl(queue_of(ddl_), kCancelWaitingTransaction)).rows.empty());
  EXPECT_TRUE(reader_.exec("COMMIT").ok);
  EXPECT_TRUE(ddl_.collect().ok);
  EXPECT_TRUE(ddl_.exec("ALTER TABLE ledger DROP COLUMN more").ok);
}

TEST_F(WaitingDdl, IsLeftAloneOnceAnythingChanged) {
  begin("");
  const auto seen = queue_of(ddl_);
  auto other_statement = seen;
  other_statement.waiting[0].query_start -= Duration(1);
  auto other_session = seen;
  other_session.waiting[0].backend_start -= Duration(1);
  auto other_table = seen;
  ++other_table.table_oid;
  for (const auto& queue : {other_statement, other_session, other_table})
    EXPECT_TRUE(guarded(cancel_waiting_ddl(queue, kCancelWaitingTransaction)).rows.empty());

  // Nobody waits behind it any more.
  ASSERT_EQ(value_of("SELECT pg_cancel_backend(" + std::to_string(behind_.backend_pid()) + ")"), "t");
  EXPECT_EQ(behind_.collect().sqlstate, "57014");
  EXPECT_TRUE(guarded(cancel_waiting_ddl(seen, kCancelWaitingTransaction)).rows.empty());

  // It has got its lock and is at work.
  EXPECT_TRUE(reader_.exec("COMMIT").ok);
  EXPECT_TRUE(ddl_.collect().ok);
  ASSERT_TRUE(ddl_.exec("BEGIN; ALTER TABLE ledger DROP COLUMN more").ok);
  ddl_.send("SELECT pg_sleep(20)");
  behind_.send("SELECT * FROM ledger");
  ASSERT_TRUE(waits(behind_));
  EXPECT_TRUE(guarded(cancel_waiting_ddl(queue_of(ddl_), kCancelWaitingTransaction)).rows.empty());
  ASSERT_EQ(value_of("SELECT pg_cancel_backend(" + std::to_string(ddl_.backend_pid()) + ")"), "t");
  EXPECT_EQ(ddl_.collect().sqlstate, "57014");
  EXPECT_TRUE(ddl_.exec("ROLLBACK").ok);
}

class IdleSessions : public Signals {
 protected:
  static LeakedSession seen(const ClientSession& client) {
    const auto pid = client.backend_pid();
    return {.pid = pid,
            .backend_start = time_of("backend_start", pid),
            .state_change = time_of("state_change", pid)};
  }
  static bool lives(ClientSession& client) { return client.exec("SELECT 1").ok; }
};

TEST_F(IdleSessions, AreEndedInBatchesUntilThereAreFewEnough) {
  std::vector<ClientSession> clients;
  Leak leak{.user = "app", .application = "leaky", .sessions = {}, .enough = 0};
  for (int i = 0; i < 12; ++i) {
    clients.push_back(session());
    ASSERT_TRUE(clients.back().exec("SELECT 1").ok);
    leak.sessions.push_back(seen(clients.back()));
  }
  // The acting session itself counts too.
  leak.enough =
      std::stoll(value_of("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")) - 7;
  auto acting = session("acting");
  ASSERT_TRUE(acting.exec("BEGIN").ok);
  std::size_t ended = 0;
  for (const auto& step : terminate_idle_sessions(leak).steps()) {
    const auto answer = run(acting, step);
    EXPECT_TRUE(answer.ok) << answer.message;
    if (step.sql.contains("pg_terminate_backend")) ended += answer.rows.size();
  }
  EXPECT_TRUE(acting.exec("COMMIT").ok);
  EXPECT_EQ(ended, 10u) << "after the second batch there were few enough";
  for (std::size_t i = 0; i < clients.size(); ++i) EXPECT_EQ(lives(clients[i]), i >= 10) << i;
}

TEST_F(IdleSessions, AreLeftAloneWhenTheyAreNotIdleForNothing) {
  auto used = session();
  const auto before = seen(used);
  ASSERT_TRUE(used.exec("SELECT 1").ok);
  auto in_transaction = session();
  ASSERT_TRUE(in_transaction.exec("BEGIN; SELECT 1").ok);
  auto leader = session();
  ASSERT_TRUE(leader.exec("SELECT pg_advisory_lock(7)").ok);
  auto superuser = session("postgres");
  ASSERT_TRUE(superuser.exec("SELECT 1").ok);
  auto worker = session();
  worker.send("SELECT pg_sleep(5)");
  const Leak leak{.user = "app",
                  .application = "leaky",
                  .sessions = {before, seen(in_transaction), seen(leader), seen(superuser), seen(worker)},
                  .enough = 0};
  EXPECT_TRUE(guarded(terminate_idle_sessions(leak)).rows.empty());
  for (auto* client : {&used, &in_transaction, &leader, &superuser}) EXPECT_TRUE(lives(*client));
  EXPECT_TRUE(worker.collect().ok);
  // With room enough nobody is ended.
  const Leak roomy{.user = "app", .application = "leaky", .sessions = {seen(used)}, .enough = 90};
  EXPECT_TRUE(guarded(terminate_idle_sessions(roomy)).rows.empty());
}

}  // namespace
}  // namespace selfheal::healing
