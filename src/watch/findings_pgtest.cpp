#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "support/watch_runner.h"
#include "watch/internal/session_row.h"

// Each trouble made real, and what looks like it and is none.
namespace selfheal::watch {
namespace {

using test::ClientSession;
using test::TemporaryPostgres;
using test::WatchRunner;

// As shipped, but looking every second.
Thresholds quick() {
  return {
      .connections_every = 1s, .survey_every = 1s, .database_survey_every = 1s, .other_databases_every = 1s};
}
// Longer than four surveys.
constexpr Duration kLooks = 5s;

class Survey : public ::testing::Test {
 protected:
  explicit Survey(std::map<std::string, std::string> settings = {}) : postgres({.settings = with(settings)}) {
    test::make_roles(postgres);
  }

  static std::map<std::string, std::string> with(std::map<std::string, std::string> settings) {
    settings.insert({{"max_connections", "30"},
                     {"max_prepared_transactions", "5"},
                     {"wal_level", "logical"},
                     {"autovacuum_freeze_max_age", "100000"},
                     {"statement_timeout", "60s"}});
    return settings;
  }

  WatchedServerOptions watching(const Thresholds& thresholds) const {
    auto options = test::watching(postgres);
    options.thresholds = thresholds;
    return options;
  }
  ClientSession app(const std::string& application, const std::string& database = "postgres") const {
    return ClientSession(postgres.conninfo(database, "app") + " application_name=" + application);
  }
  // In a session of its own: what it did is in the server's statistics when it has ended.
  void run(const std::string& sql) const {
    ClientSession session(postgres.conninfo());
    const auto answer = session.exec(sql, 60s);
    ASSERT_TRUE(answer.ok) << sql << ": " << answer.message;
  }

  static const ErrorEvent* find(const WatchRunner& watch, const std::string& trouble, auto fits) {
    const auto is_it = [&](const Sighting& sighting) {
      return sighting.exemplar.trouble == trouble && fits(sighting.exemplar);
    };
    const auto found = std::ranges::find_if(watch.found, is_it);
    return found == watch.found.end() ? nullptr : &found->exemplar;
  }
  static bool wait_for(WatchRunner& watch, const std::string& trouble, auto fits) {
    return watch.wait([&] { return find(watch, trouble, fits) != nullptr; });
  }
  static std::string told(const WatchRunner& watch) {
    std::string text;
    for (const auto& sighting : watch.found)
      text += fmt::format("{}: {} {} {}\n", sighting.exemplar.trouble, sighting.exemplar.message,
                          sighting.exemplar.objects.table, sighting.exemplar.objects.index);
    return text;
  }

  TemporaryPostgres postgres;
  ClientSession admin{postgres.conninfo()};
};

const auto kAny = [](const ErrorEvent&) { return true; };

TEST_F(Survey, OfAHealthyServerTellsNothing) {
  // Beside it an ordinary amount of work on fresh tables, and autovacuum, which comes every second.
  auto thresholds = quick();
  thresholds.stale_after = 8s;
  WatchRunner watch(watching(thresholds));
  ASSERT_TRUE(watch.wait_until_up());
  auto writer = app("web");
  run("CREATE TABLE loaded AS SELECT g AS id, 0 AS n FROM generate_series(1, 50000) g; GRANT ALL ON loaded "
      "TO app");
  for (int i = 0; i < 12; ++i) {
    EXPECT_TRUE(watch.exec(writer, "UPDATE loaded SET n = n + 1 WHERE id % 3 = 0").ok);
    watch.pass(1s);
  }
  EXPECT_EQ(told(watch), "");
}

TEST_F(Survey, TellsThatConnectionsAreUsedUpAndByWhom) {
  WatchRunner watch(watching(quick()));
  ASSERT_TRUE(watch.wait_until_up());
  std::vector<ClientSession> sessions;
  for (int i = 0; i < 14; ++i) sessions.push_back(app("leaky"));
  watch.pass(kLooks);
  EXPECT_EQ(told(watch), "") << "two thirds";
  while (sessions.back().connected()) sessions.push_back(app("leaky"));
  ASSERT_TRUE(wait_for(watch, "connections_near_limit", kAny));
  const auto& event = *find(watch, "connections_near_limit", kAny);
  EXPECT_EQ(event.application, "leaky");
  EXPECT_EQ(event.user, "app");
  EXPECT_EQ(event.database, "");
  EXPECT_TRUE(event.message.starts_with("27 of the 27 connections of the server are used")) << event.message;
  watch.found.clear();
  watch.pass(kLooks);
  EXPECT_EQ(told(watch), "") << "once a minute";
}

TEST_F(Survey, TellsThatARoleOrADatabaseHasUsedItsConnections) {
  run("CREATE DATABASE shop CONNECTION LIMIT 4");
  run("ALTER ROLE app CONNECTION LIMIT 8");
  WatchRunner watch(watching(quick()));
  ASSERT_TRUE(watch.wait_until_up());
  std::vector<ClientSession> sessions;
  for (int i = 0; i < 3; ++i) sessions.push_back(app("web", "shop"));
  watch.pass(kLooks);
  EXPECT_EQ(told(watch), "");
  ClientSession owner(postgres.conninfo("shop"));
  const auto of_shop = [](const ErrorEvent& event) { return event.database == "shop"; };
  ASSERT_TRUE(wait_for(watch, "connections_near_limit", of_shop));
  for (int i = 0; i < 5; ++i) sessions.push_back(app("web"));
  const auto of_app = [](const ErrorEvent& event) { return event.objects.role == "app"; };
  ASSERT_TRUE(wait_for(watch, "connections_near_limit", of_app));
}

TEST_F(Survey, TellsOfAnIndexThatAFailedBuildLeft) {
  WatchRunner watch(watching(quick()));
  ASSERT_TRUE(watch.wait_until_up());
  run("CREATE TABLE \"Twice\" (id int); INSERT INTO \"Twice\" VALUES (1), (1)");
  EXPECT_FALSE(admin.exec("CREATE UNIQUE INDEX CONCURRENTLY twice_id ON \"Twice\" (id)").ok);
  ASSERT_TRUE(wait_for(watch, "invalid_index", kAny));
  const auto& event = *find(watch, "invalid_index", kAny);
  const pg::ObjectNames names{
      .database = "postgres", .schema = "public", .table = "Twice", .index = "twice_id"};
  EXPECT_EQ(event.objects, names);
  run("DROP INDEX CONCURRENTLY twice_id");
}

TEST_F(Survey, LeavesIndexesAloneThatSomebodyIsWorkingOn) {
  run("CREATE TABLE two (id int, note text); INSERT INTO two SELECT g, g::text FROM generate_series(1, 100) "
      "g;"
      "CREATE INDEX two_id ON two (id); CREATE INDEX two_note ON two (note);"
      "CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF parts DEFAULT;"
      "CREATE INDEX parts_id ON ONLY parts (id); GRANT ALL ON two TO app");
  for (const auto* work : {"CREATE INDEX CONCURRENTLY slow ON two (id)", "REINDEX TABLE CONCURRENTLY two",
                           "DROP INDEX CONCURRENTLY two_id"}) {
    WatchRunner watch(watching(quick()));
    ASSERT_TRUE(watch.wait_until_up());
    auto reader = app("report"), worker = ClientSession(postgres.conninfo());
    ASSERT_TRUE(reader.exec("BEGIN; INSERT INTO two VALUES (0); SELECT 1").ok);
    worker.send(work);
    ASSERT_TRUE(watch.wait([&] {
      return admin
                 .exec(
                     "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE NOT "
                     "indisvalid "
                     "AND c.relkind = 'i'")
                 .value() != "0";
    })) << work;
    watch.pass(kLooks);
    EXPECT_EQ(told(watch), "") << work;
    ASSERT_TRUE(reader.exec("COMMIT").ok);
    ASSERT_TRUE(watch.wait([&] { return worker.answered(); }));
    EXPECT_TRUE(worker.collect().ok) << work;
  }
}

TEST_F(Survey, TellsOfSequencesThatEndByTheTrueLimit) {
  run("CREATE SCHEMA ids; CREATE DOMAIN tiny AS smallint;"
      "CREATE TABLE ids.by_serial (id serial);        SELECT setval('ids.by_serial_id_seq', 2040109465);"
      "CREATE TABLE ids.widened (id serial);          ALTER TABLE ids.widened ALTER id TYPE bigint;"
      "SELECT setval('ids.widened_id_seq', 2040109465);"
      "CREATE TABLE ids.by_identity (id smallint GENERATED ALWAYS AS IDENTITY);"
      "SELECT setval('ids.by_identity_id_seq', 30000);"
      "CREATE SEQUENCE ids.wide;                      SELECT setval('ids.wide', 30000);"
      "CREATE TABLE ids.narrow (id tiny DEFAULT nextval('ids.wide'));"
      "CREATE SEQUENCE ids.down INCREMENT -1 MINVALUE -100; SELECT setval('ids.down', -95);"
      "CREATE SEQUENCE ids.capped MAXVALUE 100;       SELECT setval('ids.capped', 76);");
  run("CREATE TABLE ids.early (id serial);            SELECT setval('ids.early_id_seq', 1600000000);"
      "CREATE SEQUENCE ids.round MAXVALUE 100 CYCLE;  SELECT setval('ids.round', 99);"
      "CREATE TABLE ids.big (id bigserial);           SELECT setval('ids.big_id_seq', 4000000000);"
      "CREATE SEQUENCE ids.unused MAXVALUE 3;"
      "CREATE TABLE ids.text (id text DEFAULT nextval('ids.big_id_seq'))");
  // More than one page, and the end of it again and again.
  run("DO $$ BEGIN FOR i IN 1..250 LOOP EXECUTE format('CREATE SEQUENCE s%s', i); END LOOP; END $$");
  run("CREATE SEQUENCE ids.last MAXVALUE 100; SELECT setval('ids.last', 80)");
  WatchRunner watch(watching(quick()));
  ASSERT_TRUE(watch.wait_until_up());
  watch.pass(kLooks);
  std::vector<std::string> sequences;
  for (const auto& sighting : watch.found) {
    EXPECT_EQ(sighting.exemplar.objects.schema, "ids");
    sequences.push_back(sighting.exemplar.objects.sequence);
  }
  std::ranges::sort(sequences);
  const std::vector<std::string> expected{
      "by_identity_id_seq", "by_serial_id_seq", "capped", "down", "last", "wide", "widened_id_seq"};
  EXPECT_EQ(sequences, expected);
  const auto of_wide = [](const ErrorEvent& event) { return event.objects.sequence == "wide"; };
  const auto* wide = find(watch, "sequence_near_exhaustion", of_wide);
  ASSERT_NE(wide, nullptr);
  EXPECT_EQ(wide->objects.table, "narrow");
  EXPECT_EQ(wide->objects.column, "id");
  EXPECT_EQ(wide->message, "a sequence has used 91 % of its values: 30000 of 32767");
}

TEST_F(Survey, OfSequencesLooksAgainAtThoseItKnows) {
  run("CREATE SEQUENCE ends MAXVALUE 10; SELECT setval('ends', 9)");
  const auto oid = admin.exec("SELECT 'ends'::regclass::oid").value();
  ASSERT_TRUE(admin.exec("PREPARE page AS " + internal::query_text("sequences")).ok);
  const auto beyond = [&](const std::string& known) {
    return admin.exec(fmt::format("EXECUTE page (75, {}, '{{{}}}')", oid, known));
  };
  EXPECT_EQ(beyond("").value(0, 4), "NULL");
  EXPECT_EQ(beyond(oid).value(0, 4), "ends");
  EXPECT_EQ(beyond(oid).value(0, 1), "0") << "the page itself is at its end";
}

TEST_F(Survey, TellsWhoHoldsBackVacuum) {
  auto thresholds = quick();
  thresholds.old_xmin_after = 3s;
  WatchRunner watch(watching(thresholds));
  ASSERT_TRUE(watch.wait_until_up());
  auto forgotten = app("leaky"), report = app("report"), xa = app("xa");
  run("SELECT pg_create_logical_replication_slot('cdc', 'test_decoding')");
  ASSERT_TRUE(forgotten.exec("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM acc").ok);
  ASSERT_TRUE(xa.exec("BEGIN; UPDATE acc SET bal = 1 WHERE id = 1; PREPARE TRANSACTION 'orphan-1'").ok);
  report.send("SELECT count(*), pg_sleep(12) FROM (SELECT FROM acc LIMIT 1) s");
  watch.pass(2s);
  for (int i = 0; i < 3; ++i) run("UPDATE acc SET bal = 2 WHERE id = 2");
  const auto is_session = [](const ErrorEvent& event) { return event.backend_type == "client backend"; };
  ASSERT_TRUE(wait_for(watch, "old_xmin", is_session));
  EXPECT_EQ(find(watch, "old_xmin", is_session)->pid, forgotten.backend_pid());
  EXPECT_EQ(find(watch, "old_xmin", is_session)->database, "postgres");
  const auto is_prepared = [](const ErrorEvent& event) {
    return event.backend_type == "prepared transaction";
  };
  ASSERT_TRUE(wait_for(watch, "old_xmin", is_prepared));
  EXPECT_EQ(find(watch, "old_xmin", is_prepared)->application, "orphan-1");
  const auto is_slot = [](const ErrorEvent& event) { return event.backend_type == "replication slot"; };
  ASSERT_TRUE(wait_for(watch, "old_xmin", is_slot));
  EXPECT_EQ(find(watch, "old_xmin", is_slot)->objects.slot, "cdc");
  watch.pass(2s);
  EXPECT_EQ(find(watch, "old_xmin", [&](const auto& event) { return event.pid == report.backend_pid(); }),
            nullptr)
      << "it is at work";
  ASSERT_TRUE(admin.exec("ROLLBACK PREPARED 'orphan-1'").ok);
}

TEST_F(Survey, TellsOfASlotThatNobodyReadsWhenItKeepsWal) {
  auto thresholds = quick();
  thresholds.slot_after = 2s;
  thresholds.slot_bytes = 32 << 20;
  WatchRunner watch(watching(thresholds));
  ASSERT_TRUE(watch.wait_until_up());
  run("SELECT pg_create_logical_replication_slot('cdc', 'test_decoding'), "
      "pg_create_physical_replication_slot('new')");
  watch.pass(kLooks);
  EXPECT_EQ(told(watch), "") << "it keeps little, and the other one nothing";
  for (int i = 0; i < 3; ++i) run("SELECT pg_logical_emit_message(false, '', 'x'), pg_switch_wal()");
  ASSERT_TRUE(wait_for(watch, "inactive_replication_slot", kAny));
  const auto& event = *find(watch, "inactive_replication_slot", kAny);
  EXPECT_EQ(event.objects.slot, "cdc");
  EXPECT_EQ(event.database, "postgres");
}

TEST_F(Survey, TellsOfStatisticsThatStayStale) {
  auto thresholds = quick();
  thresholds.stale_after = 3s;
  WatchRunner watch(watching(thresholds));
  ASSERT_TRUE(watch.wait_until_up());
  // Statistics of what one transaction changes and then analyses count its changes as later ones.
  const auto make = [&](const char* name, const char* option, int rows, const std::string& change) {
    run(
        fmt::format("CREATE TABLE {0} (id int, n int) WITH ({1}); INSERT INTO {0} SELECT g, 0 FROM "
                    "generate_series(1, {2}) g",
                    name, option, rows));
    run(fmt::format("ANALYZE {}", name));
    run(change);
  };
  make("left_alone", "autovacuum_analyze_threshold = 1000000", 20'000,
       "UPDATE left_alone SET n = 1 WHERE id <= 12000");
  make("steady", "autovacuum_enabled = off", 50'000,
       "INSERT INTO steady SELECT g, 0 FROM generate_series(1, 15000) g");
  make("tiny", "autovacuum_enabled = off", 900, "UPDATE tiny SET n = 1");
  make("served", "autovacuum_enabled = on", 20'000, "UPDATE served SET n = 1");
  ASSERT_TRUE(wait_for(watch, "stale_statistics", kAny));
  const auto& event = *find(watch, "stale_statistics", kAny);
  EXPECT_EQ(event.objects.table, "left_alone");
  EXPECT_EQ(event.objects.schema, "public");
  watch.pass(kLooks);
  EXPECT_EQ(watch.found.size(), 1u) << told(watch);
}

TEST_F(Survey, TellsOfDeadRowsWhereAutovacuumIsOff) {
  WatchRunner watch(watching(quick()));
  ASSERT_TRUE(watch.wait_until_up());
  for (const auto* options : {"kept (id int, n int) WITH (autovacuum_enabled = NO)", "served (id int, n int)",
                              "still (id int, n int) WITH (autovacuum_enabled = 0)"})
    run(fmt::format("CREATE TABLE {}", options));
  for (const auto* table : {"kept", "served", "still"})
    run(fmt::format("INSERT INTO {} SELECT g, 0 FROM generate_series(1, 20000) g", table));
  for (const auto* table : {"kept", "served"}) run(fmt::format("UPDATE {} SET n = 1", table));
  ASSERT_TRUE(wait_for(watch, "autovacuum_off", kAny));
  EXPECT_EQ(find(watch, "autovacuum_off", kAny)->objects.table, "kept");
  watch.pass(kLooks);
  EXPECT_EQ(watch.found.size(), 1u) << told(watch);
}

TEST_F(Survey, TellsThatAutovacuumIsOffForTheServer) {
  auto thresholds = quick();
  thresholds.autovacuum_off_after = 3s;
  WatchRunner watch(watching(thresholds));
  ASSERT_TRUE(watch.wait_until_up());
  run("ALTER SYSTEM SET autovacuum = off");
  run("SELECT pg_reload_conf()");
  ASSERT_TRUE(wait_for(watch, "autovacuum_off", kAny));
  EXPECT_EQ(find(watch, "autovacuum_off", kAny)->objects.parameter, "autovacuum");
  EXPECT_EQ(find(watch, "autovacuum_off", kAny)->database, "");
}

TEST_F(Survey, TellsThatTransactionIdsAgeFasterThanTheyAreFrozen) {
  WatchRunner watch(watching(quick()));
  ASSERT_TRUE(watch.wait_until_up());
  auto holder = app("leaky");
  ASSERT_TRUE(holder.exec("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM acc").ok);
  const auto burn = [&](int ids) {
    run(fmt::format(
        "CREATE TEMP TABLE IF NOT EXISTS spent (id int); DO $$ BEGIN FOR i IN 1..{} LOOP BEGIN INSERT INTO "
        "spent VALUES (1); RAISE EXCEPTION ''; EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$",
        ids));
  };
  burn(120'000);
  watch.pass(kLooks);
  EXPECT_EQ(told(watch), "") << "autovacuum is at it";
  burn(40'000);
  const auto is_here = [](const ErrorEvent& event) { return event.database == "postgres"; };
  ASSERT_TRUE(wait_for(watch, "wraparound_age", is_here));
  EXPECT_EQ(find(watch, "wraparound_age", is_here)->objects.parameter, "autovacuum_freeze_max_age");
}

TEST_F(Survey, LooksIntoTheOtherDatabasesOneAfterTheOther) {
  for (const auto* name : {"books", "shop", "vault"}) run(fmt::format("CREATE DATABASE {}", name));
  run("REVOKE CONNECT ON DATABASE vault FROM PUBLIC");
  for (const auto* name : {"books", "shop", "vault"}) {
    ClientSession there(postgres.conninfo(name));
    ASSERT_TRUE(there.exec("CREATE TABLE orders (id serial); SELECT setval('orders_id_seq', 2000000000)").ok);
  }
  WatchRunner watch(watching(quick()));
  ASSERT_TRUE(watch.wait_until_up());
  for (const auto* name : {"books", "shop"}) {
    const auto there = [&](const ErrorEvent& event) { return event.database == name; };
    ASSERT_TRUE(wait_for(watch, "sequence_near_exhaustion", there)) << name;
  }
  watch.pass(kLooks);
  EXPECT_EQ(watch.found.size(), 2u) << told(watch);
}

}  // namespace
}  // namespace selfheal::watch
