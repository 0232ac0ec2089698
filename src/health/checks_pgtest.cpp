#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/health_runner.h"

// Each check seen both ways on a real server, where its fault can be made in seconds.
namespace selfheal::health {
namespace {

using test::ClientSession;
using test::HealthRunner;
using test::TemporaryPostgres;
using ::testing::HasSubstr;
using enum CheckState;

class Checks : public ::testing::Test {
 protected:
  explicit Checks(std::map<std::string, std::string> settings = {}) : postgres({.settings = with(settings)}) {
    test::make_roles(postgres);
  }
  static std::map<std::string, std::string> with(std::map<std::string, std::string> settings) {
    settings.insert({{"autovacuum", "off"},
                     {"max_connections", "30"},
                     {"max_prepared_transactions", "5"},
                     {"max_wal_size", "32MB"},
                     {"min_wal_size", "32MB"},
                     {"wal_level", "replica"}});
    return settings;
  }
  watch::WatchedServerOptions watching(const std::string& role = "observer") const {
    auto options = test::watching(postgres);
    options.observe.conninfo_without_password = postgres.conninfo("postgres", role);
    options.thresholds = {.connections_every = 1s, .survey_every = 1s, .database_survey_every = 1s};
    return options;
  }
  void run(const std::string& sql) {
    const auto answer = admin.exec(sql, 60s);
    ASSERT_TRUE(answer.ok) << sql << ": " << answer.message;
  }
  static std::string told(const CheckResult& result) {
    auto text = fmt::format("{} {} {}", result.name, to_word(result.state), result.why);
    for (const auto& finding : result.findings)
      text += fmt::format("; {} {} {}", finding.object, finding.value, finding.detail);
    return text;
  }

  TemporaryPostgres postgres;
  ClientSession admin{postgres.conninfo()};
};

TEST_F(Checks, OfAHealthyServerAreGreenAndShowTheirSql) {
  for (const auto* setting : {"fsync", "full_page_writes", "synchronous_commit"}) postgres.set(setting, "on");
  postgres.reload();
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_EQ(health.wait_for("sequences", ok).state, ok);
  for (const auto& [result, since] : health.monitor().checked()) {
    // These two judge a stretch of time that has not passed yet.
    const bool needs_time = result.name == "cache_hit" || result.name == "requested_checkpoints";
    EXPECT_EQ(result.state, needs_time ? unknown : ok) << told(result);
    EXPECT_THAT(result.sql, HasSubstr("SELECT")) << result.name;
    EXPECT_EQ(result.grant, "") << result.name;
  }
}

TEST_F(Checks, TellConnectionsNearTheirLimit) {
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_EQ(health.wait_for("connections", ok).state, ok);
  std::vector<ClientSession> sessions;
  for (int i = 0; i < 19; ++i) sessions.emplace_back(postgres.conninfo("postgres", "app"));
  EXPECT_EQ(health.wait_for("connections", warn).state, warn) << told(health.check("connections"));
  while (sessions.back().connected()) sessions.emplace_back(postgres.conninfo("postgres", "app"));
  const auto result = health.wait_for("connections", critical);
  EXPECT_EQ(result.state, critical) << told(result);
  EXPECT_THAT(told(result), HasSubstr("server 100 27 of 27"));
}

TEST_F(Checks, TellWhoWaitsAndWhoIdlesInATransaction) {
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_EQ(health.wait_for("waiting_sessions", ok).state, ok);
  EXPECT_TRUE(health.check("idle_in_transaction").findings.empty());
  ClientSession holder(postgres.conninfo("postgres", "app"));
  ClientSession waiter(postgres.conninfo("postgres", "app"));
  ASSERT_TRUE(holder.exec("BEGIN; UPDATE acc SET bal = 1 WHERE id = 1").ok);
  waiter.send("UPDATE acc SET bal = 2 WHERE id = 1");
  const auto waiting = health.wait_for("waiting_sessions", warn);
  EXPECT_EQ(waiting.state, warn) << told(waiting);
  EXPECT_THAT(told(waiting), HasSubstr(fmt::format("session {} of app", holder.backend_pid())));
  const auto idle = health.check("idle_in_transaction");
  EXPECT_THAT(told(idle), HasSubstr(fmt::format("session {} of app", holder.backend_pid())));
  EXPECT_GT(idle.value.value_or(0), 1);
  EXPECT_GT(health.check("long_transactions").value.value_or(0), 1);
  ASSERT_TRUE(holder.exec("ROLLBACK").ok);
  ASSERT_TRUE(health.watch().wait([&] { return waiter.answered(); }));
  EXPECT_EQ(health.wait_for("waiting_sessions", ok).state, ok);
}

TEST_F(Checks, TellTablesThatNobodyVacuumsOrAnalyzes) {
  run("CREATE TABLE busy AS SELECT g AS id FROM generate_series(1, 50000) g; ANALYZE busy");
  run("CREATE TABLE unknown AS SELECT g AS id FROM generate_series(1, 50000) g");
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_EQ(health.check("dead_rows").state, ok);
  EXPECT_THAT(told(health.check("never_analyzed")), HasSubstr("warn ; public.unknown"));
  run("DELETE FROM busy WHERE id <= 45000; ANALYZE unknown");
  const auto dead = health.wait_for("dead_rows", warn);
  EXPECT_EQ(dead.state, warn) << told(dead);
  EXPECT_THAT(told(dead), HasSubstr("public.busy"));
  EXPECT_EQ(health.wait_for("never_analyzed", ok).state, ok);
  run("VACUUM busy");
  EXPECT_EQ(health.wait_for("dead_rows", ok).state, ok);
}

TEST_F(Checks, TellIndexesThatAreInvalidOrRepeated) {
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_EQ(health.wait_for("invalid_indexes", ok).state, ok);
  run("CREATE INDEX once ON acc (bal)");
  EXPECT_TRUE(health.check("duplicate_indexes").findings.empty());
  run("CREATE INDEX twice ON acc (bal)");
  EXPECT_FALSE(admin.exec("CREATE UNIQUE INDEX CONCURRENTLY broken ON acc (bal)").ok);
  const auto result = health.wait_for("invalid_indexes", warn);
  EXPECT_THAT(told(result), HasSubstr("warn ; public.broken"));
  EXPECT_THAT(told(health.check("duplicate_indexes")), HasSubstr("ok ; public.twice"));
  run("DROP INDEX broken");
  EXPECT_EQ(health.wait_for("invalid_indexes", ok).state, ok);
}

TEST_F(Checks, TellSequencesNearTheirEnd) {
  run("CREATE SEQUENCE short MAXVALUE 100; SELECT setval('short', 60)");
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_EQ(health.wait_for("sequences", ok).state, ok);
  run("SELECT setval('short', 80)");
  EXPECT_EQ(health.wait_for("sequences", warn).state, warn);
  run("SELECT setval('short', 95)");
  EXPECT_THAT(told(health.wait_for("sequences", critical)), HasSubstr("critical ; public.short"));
}

TEST_F(Checks, TellASlotThatLostItsWal) {
  run("SELECT pg_create_physical_replication_slot('forgotten', true)");
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_EQ(health.wait_for("inactive_slots", ok).state, ok);
  EXPECT_EQ(health.check("wal_size").state, ok);
  run("ALTER SYSTEM SET max_slot_wal_keep_size = '16MB'");
  run("SELECT pg_reload_conf()");
  run("CREATE TABLE filler AS SELECT repeat('x', 1000) AS t FROM generate_series(1, 100000); CHECKPOINT");
  const auto result = health.wait_for("inactive_slots", critical);
  EXPECT_EQ(result.state, critical) << told(result);
  run("SELECT pg_drop_replication_slot('forgotten')");
  EXPECT_EQ(health.wait_for("inactive_slots", ok).state, ok);
}

TEST_F(Checks, TellALogThatOutgrewItsPlan) {
  run("ALTER SYSTEM SET wal_keep_size = '500MB'");
  run("SELECT pg_reload_conf()");
  run("CREATE TABLE filler AS SELECT repeat('x', 1000) AS t FROM generate_series(1, 150000); CHECKPOINT");
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  const auto result = health.check("wal_size");
  EXPECT_TRUE(result.state == warn || result.state == critical) << told(result);
}

TEST_F(Checks, TellSettingsThatLoseData) {
  for (const auto* setting : {"fsync", "full_page_writes", "synchronous_commit"}) postgres.set(setting, "on");
  postgres.reload();
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_EQ(health.wait_for("lossy_settings", ok).state, ok);
  run("ALTER SYSTEM SET synchronous_commit = off");
  run("SELECT pg_reload_conf()");
  EXPECT_EQ(health.wait_for("lossy_settings", warn).state, warn);
  run("ALTER SYSTEM SET full_page_writes = off");
  run("SELECT pg_reload_conf()");
  EXPECT_THAT(told(health.wait_for("lossy_settings", critical)), HasSubstr("full_page_writes is off"));
}

TEST_F(Checks, TellPreparedTransactionsByTheirAge) {
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_TRUE(health.check("prepared_transactions").findings.empty());
  run("BEGIN; UPDATE acc SET bal = 3 WHERE id = 9; PREPARE TRANSACTION 'lost'");
  const auto result = health.check("prepared_transactions");
  EXPECT_EQ(result.state, ok) << "it is a few seconds old";
  EXPECT_THAT(told(result), HasSubstr("prepared by postgres"));
  run("ROLLBACK PREPARED 'lost'");
}

TEST_F(Checks, AreUnknownWithTheGrantToRoleWithoutRights) {
  run("CREATE ROLE \"Plain One\" LOGIN");
  HealthRunner health(watching("Plain One"));
  ASSERT_TRUE(health.watch().wait_until_up());
  for (const auto* name : {"connections", "waiting_sessions", "wal_size", "wraparound_xid"}) {
    const auto result = health.check(name);
    EXPECT_EQ(result.state, unknown) << told(result);
    EXPECT_EQ(result.grant, "GRANT pg_monitor TO \"Plain One\";") << told(result);
  }
  EXPECT_EQ(health.value("waits.lock"), std::nullopt) << "nobody waits is not known";
  run("GRANT pg_monitor TO \"Plain One\"");
  EXPECT_EQ(health.wait_for("wal_size", ok, 90s).state, ok);
}

TEST_F(Checks, OfAStoppedServerAreUnknown) {
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  EXPECT_EQ(health.wait_for("connections", ok).state, ok);
  admin.close();
  postgres.stop();
  const auto result = health.wait_for("connections", unknown);
  EXPECT_EQ(result.state, unknown);
  for (const auto& one : health.monitor().checked()) EXPECT_EQ(one.result.state, unknown) << one.result.name;
  EXPECT_TRUE(health.watch().wait([&] { return !health.value("sessions.total"); }));
}

TEST_F(Checks, SamplesAreMeasuredAndKept) {
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  ClientSession writer(postgres.conninfo("postgres", "app"));
  ASSERT_TRUE(health.watch().wait([&] { return health.value("transactions.committed").has_value(); }));
  for (int i = 0; i < 200; ++i) health.watch().exec(writer, "UPDATE acc SET bal = bal + 1 WHERE id = 1");
  EXPECT_TRUE(health.watch().wait([&] { return health.value("transactions.committed").value_or(0) > 20; }));
  for (const auto* name : {"connections.used", "rows.written", "sessions.total", "space.database",
                           "space.wal", "waits.cpu", "wal.written", "wraparound.xid"})
    EXPECT_TRUE(health.value(name).has_value()) << name;
  EXPECT_EQ(health.value("replication.lag"), std::nullopt) << "there is no standby";
  ASSERT_GE(health.history.samples.size(), 2u);
  EXPECT_EQ(health.history.samples.back().values, health.monitor().latest().values);

  health.history.is_away = true;
  const auto kept = health.history.samples.size();
  const auto before = health.sampled;
  ASSERT_TRUE(health.watch().wait([&] { return health.sampled >= before + 2; }));
  health.history.is_away = false;
  EXPECT_TRUE(health.watch().wait([&] { return health.history.samples.size() >= kept + 3; }))
      << "what the store did not take comes later";
}

TEST_F(Checks, TheBrowserShowsTablesColumnsAndIndexes) {
  run("COMMENT ON TABLE acc IS 'x'; CREATE VIEW seen AS SELECT id FROM acc; ANALYZE acc");
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  const auto tables = health.ask("table_list", {{"schema", ""}, {"search", "AC"}});
  ASSERT_EQ(tables.rows.size(), 1u) << tables.why;
  EXPECT_EQ(tables.rows[0][1], "acc");
  const auto columns = health.ask("table_columns", {{"schema", "public"}, {"name", "acc"}});
  ASSERT_EQ(columns.rows.size(), 2u) << columns.why;
  EXPECT_EQ(columns.rows[0][1], "integer");
  const auto indexes = health.ask("table_indexes", {{"schema", "public"}, {"name", "acc"}});
  ASSERT_EQ(indexes.rows.size(), 1u) << indexes.why;
  EXPECT_THAT(*indexes.rows[0][1], HasSubstr("UNIQUE INDEX acc_pkey"));
  EXPECT_TRUE(
      health.ask("table_columns", {{"schema", "public'; DROP TABLE acc; --"}, {"name", "acc"}}).rows.empty());
}

class Statements : public Checks {
 protected:
  Statements() : Checks({{"shared_preload_libraries", "pg_stat_statements"}}) {}
};

TEST_F(Statements, AreShownFromWhateverSchemaTheExtensionIsIn) {
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  const auto missing = health.ask("statements");
  ASSERT_EQ(missing.rows.size(), 1u) << missing.why;
  EXPECT_EQ(missing.rows[0][0], "f") << "not created";
  EXPECT_EQ(missing.rows[0][1], "t") << "but loaded";
  run("CREATE SCHEMA \"Odd Place\"; CREATE EXTENSION pg_stat_statements SCHEMA \"Odd Place\"");
  run("SELECT sum(bal) FROM acc WHERE id < 77");
  const auto statements = health.ask("statements");
  ASSERT_GT(statements.rows.size(), 1u) << statements.why;
  std::string texts;
  for (const auto& row : statements.rows) texts += row[4].value_or("") + "\n";
  EXPECT_THAT(texts, HasSubstr("SELECT sum(bal) FROM acc WHERE id < $1"));
}

TEST_F(Checks, StatementsOfAServerWithoutTheExtensionSayWhatIsMissing) {
  HealthRunner health(watching());
  ASSERT_TRUE(health.watch().wait_until_up());
  const auto missing = health.ask("statements");
  ASSERT_EQ(missing.rows.size(), 1u) << missing.why;
  EXPECT_EQ(missing.rows[0][0], "f");
  EXPECT_EQ(missing.rows[0][1], "f");
}

}  // namespace
}  // namespace selfheal::health
