// The assistant's questions to a real database: our own statements pass the gate and run under the least
// role, and intents that need the catalog find what is there.
#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

#include "assistant/conversation.h"
#include "base/worker.h"
#include "pg/connection_string.h"
#include "support/client_session.h"
#include "support/fake_world.h"
#include "support/loop.h"
#include "support/temporary_postgres.h"
#include "watch/asking.h"

namespace selfheal::assistant {
namespace {

using test::ClientSession;
using test::TemporaryPostgres;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFixture = R"(
CREATE EXTENSION pg_stat_statements;
CREATE ROLE selfheal_ask LOGIN;
CREATE SCHEMA audit;
CREATE TABLE department (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE "Employee List" (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE order_items (id int);
CREATE TABLE audit.log (id int);
CREATE VIEW paid AS SELECT id FROM order_items;
INSERT INTO department SELECT g, 'd' || g FROM generate_series(1, 12) g;
INSERT INTO "Employee List" VALUES (1, 'canary@example.com');
INSERT INTO order_items SELECT generate_series(1, 30);
GRANT USAGE ON SCHEMA audit TO selfheal_ask;
GRANT SELECT ON ALL TABLES IN SCHEMA public, audit TO selfheal_ask;
ANALYZE;
)";

// The incidents are made up, SQL is real.
class RealDatabase final : public test::FakeWorld {
 public:
  RealDatabase(std::string conninfo, Clock& clock) : conninfo_(std::move(conninfo)), clock_(clock) {}

  Task<SqlRows> run_sql(ServerId, std::string sql, Asker, Deadline) override {
    ran.push_back(sql);
    auto target = pg::parse_connection_string(conninfo_);
    if (!target) co_return failure(target.error().message);
    watch::AskingOptions options{.name = "shop", .target = *std::move(target)};
    auto answer = co_await watch::ask_read_only(std::move(options), std::move(sql), workers_, clock_);
    SqlRows rows;
    if (!answer) {
      const auto& refusal = answer.error().refusal;
      rows.trouble = SqlTrouble{.is_refused = refusal.has_value(),
                                .rule = refusal ? refusal->rule : "",
                                .message = answer.error().message,
                                .instead = refusal ? refusal->instead : "",
                                .sqlstate = answer.error().sqlstate};
      co_return rows;
    }
    rows.columns = std::move(answer->columns);
    for (auto& row : answer->rows) rows.rows.emplace_back(row.begin(), row.end());
    rows.is_cut = answer->is_cut;
    rows.took = answer->took;
    co_return rows;
  }

 private:
  std::string conninfo_;
  Clock& clock_;
  WorkerPool workers_{1};
};

class Questions : public ::testing::Test {
 protected:
  static TemporaryPostgres& server() {
    static TemporaryPostgres only({.settings = {{"shared_preload_libraries", "pg_stat_statements"}}});
    return only;
  }
  static void SetUpTestSuite() {
    ClientSession admin(server().conninfo());
    const auto made = admin.exec(kFixture);
    ASSERT_TRUE(made.ok) << made.message;
  }
  void SetUp() override {
    test::furnish_incidents(world_, clock_.now());
    world_.watched = {{.name = ServerId("shop"), .state = "up", .version = "15.14"}};
    world_.recordings[ServerId("shop")] = Recording{.complete = true};
  }

  std::string ask(std::string question) {
    Conversation conversation({.world = world_, .usage = usage_, .model = nullptr, .clock = clock_}, {});
    const auto turn = loop_.run(conversation.answer(
        {.run = "r1", .text = std::move(question)}, {.name = "ann", .may_view = true, .may_operate = true},
        [](RunEvent) {}, clock_.deadline_in(30s)));
    EXPECT_TRUE(turn.has_value());
    return turn ? turn->text : "";
  }
  Result<ToolResult> call(std::string_view name, boost::json::object arguments) {
    const Asker asker{.name = "ann", .may_view = true, .may_operate = true};
    return loop_.run(call_tool(name, {.world = world_,
                                      .asker = asker,
                                      .arguments = arguments,
                                      .now = clock_.now(),
                                      .deadline = clock_.deadline_in(30s)}));
  }

  SystemClock clock_;
  test::Loop loop_;
  RealDatabase world_{server().conninfo("postgres", "selfheal_ask"), clock_};
  test::FakeUsage usage_;
};

TEST_F(Questions, OfOurOwnPassTheGateUnderTheLeastRole) {
  for (const auto* subject :
       {"activity", "bloat", "connections", "indexes", "locks", "numbers", "replication", "replication_slots",
        "running", "settings", "slowest_statements", "table_sizes"}) {
    const auto result = call("show_statistics", {{"subject", subject}});
    ASSERT_TRUE(result.has_value()) << subject;
    EXPECT_EQ(result->problem, "") << subject;
  }
  const auto health = call("health_check", {});
  ASSERT_TRUE(health.has_value());
  EXPECT_THAT(health->for_model.text(),
              AllOf(HasSubstr("max_connections"), Not(HasSubstr("could_not_be_checked"))));
}

struct Expectation {
  std::string question;
  std::string holds;
};

TEST_F(Questions, AboutTablesFindThem) {
  const std::vector<Expectation> cases{
      {"how many departments are there?", "public.department has 12 rows [Q1]"},
      {"count order items", "public.order_items has 30 rows"},
      {"how many rows are in audit.log", "audit.log has 0 rows"},
      {"how many employee lists do we have", "public.Employee List has 1 rows"},
      {"show me 3 departments", "3 rows of public.department"},
      {"which columns does department have", "name text, required"},
      {"which tables are there", "public.paid (view)"},
      {"how large is order_items", "table order_items, total"},
      {"how big is the database", "The database takes"},
      {"which indexes are not used", "department_pkey"},
      {"how many connections are open", "of 30 connections are in use"},
      {"what is work_mem set to", "work_mem is"},
      {"max_locks_per_transaction?", "max_locks_per_transaction is 64"},
      {"is the replica lagging", "No replica is connected"},
      {"slowest queries", "on average"},
      {"what is wrong", "SH-7"},
      {"select 1/0", "22012"},
      {"SELECT 1 AS one", "1 row [Q1]"},
      {"drop table department;", "It was not run"},
      {"update department set name = 'x'", "It was not run"},
      {"select pg_sleep(100)", "It was not run"},
  };
  for (const auto& one : cases) EXPECT_THAT(ask(one.question), HasSubstr(one.holds)) << one.question;
}

TEST_F(Questions, GivePlansWithoutTheStatementsValues) {
  const auto result = call("explain", {{"sql", "SELECT * FROM department WHERE name = 'canary'"}});
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->problem, "");
  EXPECT_THAT(result->for_model.text(),
              AllOf(HasSubstr("Seq Scan"), HasSubstr("department"), Not(HasSubstr("canary"))));
}

TEST_F(Questions, HideCellsFromTheModel) {
  const auto result =
      call("run_readonly_sql", {{"sql", "SELECT id, email AS \"canary label\" FROM \"Employee List\""}});
  ASSERT_TRUE(result.has_value());
  EXPECT_THAT(boost::json::serialize(result->value), HasSubstr("canary@example.com"));
  EXPECT_THAT(result->for_model.text(), AllOf(HasSubstr("[Q1.r1.c2] text"), Not(HasSubstr("canary"))));
  const auto failed = call("run_readonly_sql", {{"sql", "SELECT email::int FROM \"Employee List\""}});
  ASSERT_TRUE(failed.has_value());
  EXPECT_THAT(failed->problem, HasSubstr("canary"));
  EXPECT_THAT(failed->for_model.text(), AllOf(HasSubstr("22P02"), Not(HasSubstr("canary"))));
}

}  // namespace
}  // namespace selfheal::assistant
