#include <gtest/gtest.h>

#include <algorithm>

#include "healing/remedies/advance_sequence.h"
#include "healing/remedies/catalogue.h"
#include "healing/remedies/create_partition.h"
#include "healing/remedies/terminate_session.h"
#include "pg/identifier.h"
#include "support/client_session.h"
#include "support/temporary_postgres.h"

namespace selfheal::healing {
namespace {

using test::Answer;
using test::ClientSession;

class Remedies : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<test::TemporaryPostgres>(); }
  static void TearDownTestSuite() { server_.reset(); }
  static ClientSession session(const std::string& user = "postgres") {
    return ClientSession(server_->conninfo("postgres", user));
  }

  // A step as the acting connection runs it, with its parameters as literals of a prepared statement.
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
    auto client = session();
    return run(client, remedy.guarded());
  }

 private:
  static std::unique_ptr<test::TemporaryPostgres> server_;
};
std::unique_ptr<test::TemporaryPostgres> Remedies::server_;

struct SequenceCase {
  const char* name;
  const char* table;  // sequence options and rows
  const char* rows;
  int increment;
  const char* next;  // what nextval() must give afterwards
};

TEST_F(Remedies, AdvanceSequenceStopsRightAboveTheHighest) {
  const SequenceCase cases[] = {
      {"never called", "", "SELECT g FROM generate_series(1, 500) g", 1, "501"},
      {"called", "SELECT nextval('s_id_seq');", "SELECT g FROM generate_series(1, 500) g", 1, "501"},
      {"one behind", "SELECT setval('s_id_seq', 499);", "SELECT 500", 1, "501"},
      {"steps of ten", "ALTER SEQUENCE s_id_seq INCREMENT 10;", "SELECT 95", 10, "101"},
      {"set, not called", "SELECT setval('s_id_seq', 500, false);", "SELECT 500", 1, "501"},
  };
  for (const auto& row : cases) {
    auto admin = session();
    ASSERT_TRUE(admin.exec("DROP TABLE IF EXISTS s; CREATE TABLE s (id serial PRIMARY KEY)").ok);
    ASSERT_TRUE(admin.exec(row.table).ok) << row.name;
    ASSERT_TRUE(admin.exec(std::string("INSERT INTO s ") + row.rows).ok) << row.name;
    const SequenceBehind behind{.sequence_schema = "public",
                                .sequence = "s_id_seq",
                                .table_schema = "public",
                                .table = "s",
                                .column = "id",
                                .increment = row.increment,
                                .value_limit = 2147483647,
                                .largest_gap = 1000};
    const auto acted = guarded(advance_sequence(behind));
    ASSERT_TRUE(acted.ok) << row.name << ": " << acted.message;
    EXPECT_EQ(acted.rows.size(), 1u) << row.name;
    // Once more: it is no longer behind, so nothing is touched.
    EXPECT_TRUE(guarded(advance_sequence(behind)).rows.empty()) << row.name;
    EXPECT_EQ(admin.exec("SELECT nextval('s_id_seq')").value(), row.next) << row.name;
  }
}

TEST_F(Remedies, AdvanceSequenceTouchesNothingBeyondItsBounds) {
  auto admin = session();
  ASSERT_TRUE(admin
                  .exec("DROP TABLE IF EXISTS s; CREATE TABLE s (id serial PRIMARY KEY);"
                        "INSERT INTO s SELECT 5000")
                  .ok);
  SequenceBehind behind{.sequence_schema = "public",
                        .sequence = "s_id_seq",
                        .table_schema = "public",
                        .table = "s",
                        .column = "id",
                        .value_limit = 2147483647,
                        .largest_gap = 4999};
  EXPECT_TRUE(guarded(advance_sequence(behind)).rows.empty());
  behind.largest_gap = 10000;
  behind.value_limit = 5000;
  EXPECT_TRUE(guarded(advance_sequence(behind)).rows.empty());
  EXPECT_EQ(admin.exec("SELECT last_value FROM s_id_seq").value(), "1");
}

TEST_F(Remedies, AdvanceSequenceNeverMovesBackWhileOthersUseIt) {
  auto admin = session();
  ASSERT_TRUE(admin
                  .exec("DROP TABLE IF EXISTS s; CREATE TABLE s (id bigserial PRIMARY KEY);"
                        "INSERT INTO s SELECT g FROM generate_series(1, 20000) g")
                  .ok);
  auto other = session();
  other.send("SELECT count(nextval('s_id_seq')) FROM generate_series(1, 200000)");
  const auto acted = guarded(advance_sequence({.sequence_schema = "public",
                                               .sequence = "s_id_seq",
                                               .table_schema = "public",
                                               .table = "s",
                                               .column = "id",
                                               .value_limit = 9223372036854775807,
                                               .largest_gap = 1000000}));
  EXPECT_TRUE(acted.ok) << acted.message;
  EXPECT_TRUE(other.collect().ok);
  EXPECT_GE(std::stoll(admin.exec("SELECT last_value FROM s_id_seq").value()), 200000);
}

struct Idle {
  ClientSession client;
  IdleSession seen;
};

Time read_time(const std::string& text) { return *parse_time(text); }

class Terminate : public Remedies {
 protected:
  static Idle forgotten(const std::string& user) {
    Idle idle{.client = session(user), .seen = {}};
    EXPECT_TRUE(idle.client.exec("BEGIN; SELECT 1").ok);
    auto admin = session();
    const auto row = admin.exec(
        "SET TimeZone = 'UTC'; SELECT backend_start, xact_start, state_change FROM "
        "pg_stat_activity WHERE pid = " +
        std::to_string(idle.client.backend_pid()));
    idle.seen = {.pid = idle.client.backend_pid(),
                 .backend_start = read_time(row.value(0, 0)),
                 .xact_start = read_time(row.value(0, 1)),
                 .state_change = read_time(row.value(0, 2))};
    return idle;
  }
  static void SetUpTestSuite() {
    Remedies::SetUpTestSuite();
    EXPECT_TRUE(session().exec("CREATE ROLE app LOGIN").ok);
  }
};

TEST_F(Terminate, EndsTheSessionItWasMadeFor) {
  auto idle = forgotten("app");
  const auto acted = guarded(terminate_session(idle.seen));
  ASSERT_TRUE(acted.ok) << acted.message;
  EXPECT_EQ(acted.value(), "t");
  EXPECT_EQ(idle.client.exec("SELECT 1").sqlstate, "57P01");
}

TEST_F(Terminate, TouchesNobodyOnceAnythingChanged) {
  const std::vector<std::pair<const char*, std::string>> changes{
      {"it ran a statement", "SELECT 2"},
      {"it committed", "COMMIT"},
      {"it is in another transaction", "COMMIT; BEGIN; SELECT 1"},
      {"it works", ""},
  };
  for (const auto& [what, sql] : changes) {
    auto idle = forgotten("app");
    if (sql.empty()) {
      idle.client.send("SELECT pg_sleep(5)");
      ASSERT_TRUE(test::wait_until([&] {
        return session()
                   .exec("SELECT state FROM pg_stat_activity WHERE pid = " + std::to_string(idle.seen.pid))
                   .value() == "active";
      }));
    } else {
      ASSERT_TRUE(idle.client.exec(sql).ok);
    }
    const auto acted = guarded(terminate_session(idle.seen));
    EXPECT_TRUE(acted.ok) << what;
    EXPECT_TRUE(acted.rows.empty()) << what;
  }
}

TEST_F(Terminate, NeverTouchesASuperuser) {
  auto idle = forgotten("postgres");
  EXPECT_TRUE(guarded(terminate_session(idle.seen)).rows.empty());
  EXPECT_TRUE(idle.client.exec("SELECT 1").ok);
}

class CreatePartition : public Remedies {
 protected:
  NextPartition next_{.owner = "postgres",
                      .schema = "public",
                      .table = "ev",
                      .partition_schema = "public",
                      .partition = "ev_2026_02",
                      .grants = {"SELECT TO PUBLIC"},
                      .lower = "2026-02-01",
                      .upper = "2026-03-01",
                      .last_bounds = "FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')"};
  ClientSession admin_ = session();

  void SetUp() override {
    ASSERT_TRUE(
        admin_
            .exec(
                "DROP TABLE IF EXISTS ev; CREATE TABLE ev (id int GENERATED BY DEFAULT AS IDENTITY, at date "
                "NOT NULL, v text CHECK (v <> ''), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
                "CREATE TABLE ev_2026_01 PARTITION OF ev FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')")
            .ok);
  }
  // In one transaction; false when the guard did not hold.
  bool apply(const std::vector<Step>& steps) {
    EXPECT_TRUE(admin_.exec("BEGIN").ok);
    for (const auto& step : steps) {
      const auto answer = run(admin_, step);
      const bool asked = step.sql.starts_with("SELECT");
      EXPECT_TRUE(answer.ok) << step.sql << ": " << answer.message;
      if (!answer.ok || (asked && answer.rows.empty())) {
        admin_.exec("ROLLBACK");
        return false;
      }
    }
    return admin_.exec("COMMIT").command_tag == "COMMIT";
  }
};

TEST_F(CreatePartition, TakesTheRowThatHadNoPlace) {
  EXPECT_EQ(admin_.exec("INSERT INTO ev (at, v) VALUES ('2026-02-03', 'x')").sqlstate, "23514");
  ASSERT_TRUE(apply(create_partition(next_).steps()));
  EXPECT_TRUE(admin_.exec("INSERT INTO ev (at, v) VALUES ('2026-02-03', 'x')").ok);
  EXPECT_EQ(
      admin_.exec("SELECT count(*) FROM pg_index WHERE indrelid = 'ev_2026_02'::regclass AND indisprimary")
          .value(),
      "1");
  EXPECT_EQ(admin_.exec("INSERT INTO ev (at, v) VALUES ('2026-02-04', '')").sqlstate, "23514");
  EXPECT_EQ(admin_.exec("SELECT has_table_privilege('public', 'ev_2026_02', 'SELECT')").sqlstate, "");
}

TEST_F(CreatePartition, TouchesNothingWhenTheSeriesMovedOn) {
  ASSERT_TRUE(admin_.exec("ALTER TABLE ev DETACH PARTITION ev_2026_01").ok);
  EXPECT_FALSE(apply(create_partition(next_).steps()));
  ASSERT_TRUE(
      admin_
          .exec(
              "DROP TABLE ev_2026_01; CREATE TABLE ev_2026_01 PARTITION OF ev FOR VALUES FROM ('2026-01-01') "
              "TO ('2026-02-01'); CREATE TABLE ev_rest PARTITION OF ev DEFAULT")
          .ok);
  EXPECT_FALSE(apply(create_partition(next_).steps()));
}

TEST_F(CreatePartition, IsUndoneWhileEmptyAndKeptWhenNot) {
  const auto remedy = create_partition(next_);
  ASSERT_TRUE(apply(remedy.steps()));
  EXPECT_TRUE(apply(remedy.parts().undo));
  EXPECT_EQ(admin_.exec("SELECT to_regclass('ev_2026_02')").value(), "NULL");
  ASSERT_TRUE(apply(remedy.steps()));
  ASSERT_TRUE(admin_.exec("INSERT INTO ev (at, v) VALUES ('2026-02-03', 'x')").ok);
  EXPECT_FALSE(apply(remedy.parts().undo));
  EXPECT_EQ(admin_.exec("SELECT count(*) FROM ev_2026_02").value(), "1");
}

TEST(RemedyCatalogue, IsSortedAndComplete) {
  EXPECT_TRUE(std::ranges::is_sorted(remedy_kinds(), {}, [](const RemedyKind* kind) { return kind->name; }));
  for (const auto* kind : remedy_kinds())
    for (const auto* text : {&kind->title, &kind->risk, &kind->lock, &kind->who_notices, &kind->undo})
      EXPECT_FALSE(text->empty()) << kind->name;
}

}  // namespace
}  // namespace selfheal::healing
