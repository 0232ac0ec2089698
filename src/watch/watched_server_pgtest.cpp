#include "watch/watched_server.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "support/watch_runner.h"

namespace selfheal::watch {
namespace {

using healing::Probe;
using test::ClientSession;
using test::TemporaryPostgres;
using test::WatchRunner;

Probe made(std::string_view sql, int rows = 10, int since = 13) {
  static std::vector<std::unique_ptr<std::string>> texts;  // an EmbeddedFile lives as long as the process
  texts.push_back(std::make_unique<std::string>(fmt::format(
      "-- What a test asks.\n-- needs: pg_monitor\n-- since: {}\n-- rows: {}\n{};\n", since, rows, sql)));
  return Probe({"test.sql", *texts.back()});
}

class Watched : public ::testing::Test {
 protected:
  Watched() { test::make_roles(postgres); }
  EvidenceItem ask(WatchRunner& watch, const Probe& probe, healing::ProbeParameters parameters = {},
                   const std::string& database = "postgres", Duration time = 2s) {
    return watch.get(watch.server().run(probe, database, std::move(parameters), watch.in(time)));
  }
  TemporaryPostgres postgres;
};

TEST_F(Watched, SaysWhatItWatches) {
  WatchRunner watch(test::watching(postgres));
  EXPECT_EQ(watch.server().status().state, LinkState::connecting);
  ASSERT_TRUE(watch.wait_until_up());
  ASSERT_TRUE(watch.wait([&] { return !watch.server().status().system_identifier.empty(); }));
  const auto status = watch.server().status();
  ClientSession admin(postgres.conninfo());
  EXPECT_EQ(status.system_identifier,
            admin.exec("SELECT system_identifier FROM pg_control_system()").value());
  EXPECT_EQ(status.server_version, admin.exec("SHOW server_version").value());
  EXPECT_EQ(status.database, "postgres");
  EXPECT_TRUE(status.sees_all_sessions);
  EXPECT_EQ(status.why, "");
}

TEST_F(Watched, AnswersProbesWithParametersInTheirOrder) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  const auto probe = made("SELECT :'b'::text || :'a'::text AS joined, NULL AS nothing");
  const auto item = ask(watch, probe, {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  EXPECT_EQ(item.status, ProbeStatus::answered) << item.why;
  EXPECT_EQ(item.columns, (std::vector<std::string>{"joined", "nothing"}));
  ASSERT_EQ(item.rows.size(), 1u);
  EXPECT_EQ(item.rows[0][0], "21");
  EXPECT_EQ(item.rows[0][1], std::nullopt);
  EXPECT_GT(item.took, Duration{});
  EXPECT_NE(item.taken_at, Time{});
}

TEST_F(Watched, AProbeThatDoesNotApplySaysWhy) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  const auto missing = ask(watch, made("SELECT :'table'"), {{"schema", "public"}});
  EXPECT_EQ(missing.status, ProbeStatus::not_applicable);
  EXPECT_EQ(missing.why, "it needs a table, which the error does not name");
  const auto newer = ask(watch, made("SELECT 1", 10, 99));
  EXPECT_EQ(newer.status, ProbeStatus::not_applicable);
  EXPECT_EQ(newer.why, "it needs PostgreSQL 99 or later");
}

TEST_F(Watched, AProbeThatFailsIsNeverZeroRowsAndTellsNoValues) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  struct Case {
    const char* sql;
    const char* sqlstate;
  };
  for (const auto& [sql, sqlstate] :
       {Case{"SELECT 'tel-555'::int", "22P02"}, Case{"CREATE TABLE x ()", "25006"},
        Case{"SELECT pg_read_file('tel-555')", "42501"}, Case{"SELECT pg_sleep(5)", "57014"},
        Case{"SELECT * FROM acc", "55P03"}}) {
    ClientSession locker(postgres.conninfo());
    ASSERT_TRUE(locker.exec("BEGIN; LOCK TABLE acc").ok);
    const auto item = ask(watch, made(sql), {}, "postgres", 1s);
    EXPECT_EQ(item.status, ProbeStatus::failed) << sql;
    EXPECT_TRUE(item.why.contains(sqlstate)) << sql << ": " << item.why;
    EXPECT_FALSE(item.why.contains("tel-555")) << item.why;
    EXPECT_TRUE(item.rows.empty());
  }
  EXPECT_EQ(ask(watch, made("SELECT generate_series(1, 11)")).status, ProbeStatus::failed);
  EXPECT_EQ(ask(watch, made("SELECT generate_series(1, 10)")).status, ProbeStatus::answered);
}

TEST_F(Watched, ProbesKeepTheirConnection) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  const auto own_pid = made("SELECT pg_backend_pid()");
  const auto before = ask(watch, own_pid);
  ask(watch, made("SELECT pg_sleep(5)"), {}, "postgres", 500ms);
  ask(watch, made("SELECT 1 / 0"));
  EXPECT_EQ(ask(watch, own_pid).rows, before.rows);
}

TEST_F(Watched, VisitsOtherDatabasesAndSaysWhenThereIsNone) {
  ClientSession admin(postgres.conninfo());
  ASSERT_TRUE(admin.exec("CREATE DATABASE \"it's\"").ok);
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  const auto name = made("SELECT current_database()");
  EXPECT_EQ(ask(watch, name, {}, "it's").rows.at(0).at(0), "it's");
  EXPECT_EQ(ask(watch, name, {}, "").rows.at(0).at(0), "postgres");
  const auto unknown = ask(watch, name, {}, "nowhere");
  EXPECT_EQ(unknown.status, ProbeStatus::failed);
  EXPECT_TRUE(unknown.why.contains("3D000")) << unknown.why;
}

TEST_F(Watched, KeepsLookingWhileAProbeTakesItsTime) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  ASSERT_TRUE(watch.wait([&] { return !watch.server().recorded().samples.empty(); }));
  const auto before = watch.server().recorded().samples.size();
  ask(watch, made("SELECT pg_sleep(5)"), {}, "postgres", 1500ms);
  EXPECT_GE(watch.server().recorded().samples.size(), before + 5);
}

TEST_F(Watched, IsThereWhenTheServerHasNoSlotLeft) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  std::vector<ClientSession> clients;
  const auto full = [&] {
    clients.emplace_back(postgres.conninfo("postgres", "app"));
    return !clients.back().connected();
  };
  while (!full()) ASSERT_LT(clients.size(), 100u);
  EXPECT_EQ(ask(watch, made("SELECT 1")).status, ProbeStatus::answered);
  EXPECT_TRUE(watch.server().status().can_act);
}

TEST_F(Watched, ComesBackAfterARestartAndAfterAKill) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  for (const bool killed : {false, true}) {
    if (killed)
      postgres.kill9();
    else
      postgres.stop();
    ASSERT_TRUE(watch.wait([&] { return watch.server().status().state == LinkState::down; }, 5s));
    EXPECT_NE(watch.server().status().why, "");
    EXPECT_EQ(ask(watch, made("SELECT 1")).status, ProbeStatus::failed);
    EXPECT_FALSE(watch.server().recorded().complete);
    postgres.start();
    const auto back = watch.clock().steady_now();
    ASSERT_TRUE(watch.wait_until_up());
    EXPECT_LT(watch.clock().steady_now() - back, 5s);
    EXPECT_EQ(ask(watch, made("SELECT 1")).status, ProbeStatus::answered);
  }
}

TEST_F(Watched, ComesBackAfterItsSessionsWereEnded) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  ClientSession admin(postgres.conninfo());
  const auto before = watch.server().status().since;
  ASSERT_TRUE(admin
                  .exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
                        "'selfheal%'")
                  .ok);
  ASSERT_TRUE(watch.wait([&] { return watch.server().status().since != before; }, 5s));
  // The first probe may be the one that notices.
  const auto end = watch.clock().steady_now() + 5s;
  while (ask(watch, made("SELECT 1")).status != ProbeStatus::answered)
    ASSERT_LT(watch.clock().steady_now(), end);
}

TEST_F(Watched, SaysWhyItCannotConnect) {
  auto options = test::watching(postgres);
  options.observe.conninfo_without_password = postgres.conninfo("postgres", "nobody-such");
  options.act.reset();
  WatchRunner watch(std::move(options));
  ASSERT_TRUE(watch.wait([&] { return watch.server().status().state == LinkState::down; }));
  EXPECT_TRUE(watch.server().status().why.contains("28000")) << watch.server().status().why;
  EXPECT_FALSE(watch.server().status().can_act);
  EXPECT_EQ(watch.server().status().act_why, "no role to act with is configured");
}

}  // namespace
}  // namespace selfheal::watch
