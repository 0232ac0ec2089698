// The probes of troubles that raise no error, against a real server.
#include <gtest/gtest.h>

#include "healing/evidence/invalid_index.h"
#include "healing/evidence/replication_slot.h"
#include "healing/evidence/table_statistics.h"
#include "healing/evidence/xmin_holders.h"
#include "pg/identifier.h"
#include "support/client_session.h"
#include "support/temporary_postgres.h"

namespace selfheal::healing {
namespace {

class DecayProbes : public ::testing::Test {
 protected:
  DecayProbes() {
    EXPECT_TRUE(
        admin
            .exec("CREATE ROLE probe LOGIN; GRANT pg_monitor TO probe; CREATE ROLE owner;"
                  "CREATE ROLE actor LOGIN; GRANT owner TO actor;"
                  "CREATE TABLE t (id int PRIMARY KEY, v int) WITH (autovacuum_enabled = off);"
                  "INSERT INTO t SELECT g, 0 FROM generate_series(1, 2000) g; ALTER TABLE t OWNER TO owner")
            .ok);
    // A session tells what it changed when it is idle, and ANALYZE forgets only what was told before.
    EXPECT_TRUE(admin.exec("SELECT pg_stat_force_next_flush()").ok);
  }

  // As it will run: read-only, by a role with pg_monitor.
  Evidence run(const std::string& name, const ProbeParameters& parameters) {
    const auto& asked = probe(name);
    std::string values;
    for (const auto& parameter : asked.parameters())
      values += (values.empty() ? "(" : ", ") + pg::quote_literal(parameters.at(parameter));
    if (!values.empty()) values += ")";
    test::ClientSession session(server.conninfo("postgres", "probe"));
    EXPECT_TRUE(session.exec("SET TimeZone = 'UTC'").ok);
    const auto prepared = session.exec("PREPARE asked AS " + asked.sql().text());
    EXPECT_TRUE(prepared.ok) << name << ": " << prepared.message;
    EvidenceItem item{.probe = name, .status = ProbeStatus::answered};
    EXPECT_TRUE(session.exec("CREATE TEMP TABLE shape AS EXECUTE asked" + values).ok);
    const auto listed = session.exec(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'shape'::regclass AND attnum > 0 ORDER BY attnum");
    for (const auto& row : listed.rows) item.columns.push_back(*row[0]);
    const auto answer = session.exec("BEGIN READ ONLY; EXECUTE asked" + values);
    EXPECT_TRUE(answer.ok) << name << ": " << answer.message;
    item.rows = answer.rows;
    return {.items = {std::move(item)}};
  }

  test::TemporaryPostgres server;
  test::ClientSession admin{server.conninfo()};
};

TEST_F(DecayProbes, InvalidIndexSeesWhatTheIndexIsAndWhoIsAtWork) {
  EXPECT_EQ(admin.exec("CREATE INDEX CONCURRENTLY bad ON t ((1 / v))").sqlstate, "22012");
  const ProbeParameters asked{{"schema", "public"}, {"index", "bad"}};
  auto rows = invalid_index(run("invalid_index", asked));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 1u);
  const auto& row = rows->front();
  EXPECT_FALSE(row.is_valid || row.is_constraint || row.is_attached || row.is_depended_on);
  EXPECT_FALSE(row.builder_pid || row.worker_pid || row.may_act);
  EXPECT_EQ(row.table_used_since, Time{});
  EXPECT_EQ(row.table + "/" + row.table_kind + row.index_kind + "/" + row.owner, "t/ri/owner");
  EXPECT_TRUE(row.definition.starts_with("CREATE INDEX bad ON public.t")) << row.definition;

  test::ClientSession worker(server.conninfo());
  ASSERT_TRUE(worker.exec("BEGIN; LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE").ok);
  test::ClientSession actor(server.conninfo("postgres", "actor") + " application_name='selfheal act'");
  rows = invalid_index(run("invalid_index", asked));
  ASSERT_TRUE(rows && rows->size() == 1);
  EXPECT_EQ(rows->front().worker_pid, worker.backend_pid());
  EXPECT_NE(rows->front().table_used_since, Time{});
  EXPECT_EQ(rows->front().may_act, true);

  rows = invalid_index(run("invalid_index", {{"schema", "public"}, {"index", "t_pkey"}}));
  ASSERT_TRUE(rows && rows->size() == 1);
  EXPECT_TRUE(rows->front().is_valid && rows->front().is_constraint);
}

TEST_F(DecayProbes, TableStatisticsCountWhatChangedOfTablesAndTheirPartitions) {
  ASSERT_TRUE(
      admin
          .exec("ANALYZE t; UPDATE t SET v = 1 WHERE id <= 500;"
                "CREATE TABLE p (id int) PARTITION BY RANGE (id);"
                "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10000);"
                "INSERT INTO p SELECT g FROM generate_series(1, 3000) g; SELECT pg_stat_force_next_flush()")
          .ok);
  ASSERT_TRUE(admin.exec("SELECT 1").ok);
  auto rows = table_statistics(run("table_statistics", {{"relations", R"({"\"public\".\"t\""})"}}));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().live, 2000);
  EXPECT_EQ(rows->front().changed, 500);
  EXPECT_NE(rows->front().last_analyze, Time{});

  rows = table_statistics(run("table_statistics", {{"relations", R"({"\"p\""})"}}));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2u);
  for (const auto& row : *rows) EXPECT_EQ(row.changed, 3000) << row.table;
  ASSERT_TRUE(admin.exec("ANALYZE p").ok);
  rows = table_statistics(run("table_statistics", {{"relations", R"({"\"p\""})"}}));
  ASSERT_TRUE(rows && rows->size() == 2);
  for (const auto& row : *rows) EXPECT_EQ(row.changed, 0) << row.table;
}

TEST_F(DecayProbes, XminHoldersTellSessionsOfThisDatabase) {
  test::ClientSession forgotten(server.conninfo());
  ASSERT_TRUE(forgotten.exec("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_advisory_lock(1)").ok);
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(admin.exec("UPDATE t SET v = v + 1; SELECT pg_stat_force_next_flush()").ok);
  ASSERT_TRUE(admin.exec("SELECT 1").ok);
  const auto rows = xmin_holders(run("xmin_holders", {}));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_FALSE(rows->empty());
  const auto& row = rows->front();
  EXPECT_EQ(row.pid, forgotten.backend_pid());
  EXPECT_GE(row.xmin_age, 3);
  EXPECT_EQ(row.state, "idle in transaction");
  EXPECT_TRUE(row.protected_role && row.has_advisory_lock);
  EXPECT_GE(row.dead_rows, 6000);
}

TEST_F(DecayProbes, ReplicationSlotTellsWhatIsKept) {
  ASSERT_TRUE(admin.exec("SELECT pg_create_physical_replication_slot('gone', true)").ok);
  const auto rows = replication_slot(run("replication_slot", {{"slot", "gone"}}));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_FALSE(rows->front().is_active);
  EXPECT_TRUE(rows->front().is_oldest);
  EXPECT_LT(rows->front().keep_limit_bytes, 0);
  EXPECT_FALSE(rows->front().restart_lsn.empty());
  EXPECT_TRUE(replication_slot(run("replication_slot", {{"slot", "other"}}))->empty());
}

}  // namespace
}  // namespace selfheal::healing
