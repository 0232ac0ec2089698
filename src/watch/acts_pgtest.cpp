#include <gtest/gtest.h>

#include <signal.h>

#include <fmt/format.h>

#include "base/limits.h"
#include "healing/remedies/terminate_session.h"
#include "support/watch_runner.h"

namespace selfheal::watch {
namespace {

using healing::ActReport;
using healing::ApprovedRemedy;
using healing::Remedy;
using healing::Step;
using test::ClientSession;
using test::TemporaryPostgres;
using test::WatchRunner;

ApprovedRemedy approved(const Remedy& remedy) {
  Diagnosis diagnosis;
  diagnosis.confidence = Confidence::confirmed;
  Settings settings;
  settings.default_mode = ActionMode::automatic;
  return *healing::Policy::decide(remedy, diagnosis, Incident{}, settings, {}, Time{}).approved;
}

const healing::RemedyKind kTestKind{.name = "test", .title = "A test", .level = healing::Level::automatic};

Step step(std::string sql) { return {.sql = std::move(sql)}; }

// A remedy whose guarded step is `sql` under the condition `guard`, which must stand in it.
Remedy remedy(const std::string& sql, const std::string& guard, Remedy::Parts parts = {}) {
  parts.kind = &kTestKind;
  parts.target_key = "test";
  return Remedy({.condition = guard, .in_words = guard}, step(sql), std::move(parts));
}

class Acts : public ::testing::Test {
 protected:
  Acts() { test::make_roles(postgres); }

  Result<ActReport> act(WatchRunner& watch, const Remedy& remedy, Duration time = 10s) {
    return watch.get(watch.server().act(approved(remedy), TreatmentNumber(12), watch.in(time)));
  }
  std::string value(const std::string& sql) { return ClientSession(postgres.conninfo()).exec(sql).value(); }
  // What terminate_session would be told about the session now.
  healing::IdleSession seen(ClientSession& session) {
    ClientSession admin(postgres.conninfo());
    const auto row = admin.exec(
        fmt::format("SELECT backend_start, xact_start, state_change FROM pg_stat_activity WHERE pid = {}",
                    session.backend_pid()));
    const auto moment = [&](std::size_t column) { return parse_time(row.value(0, column)).value_or(Time{}); };
    return {.pid = session.backend_pid(),
            .backend_start = moment(0),
            .xact_start = moment(1),
            .state_change = moment(2)};
  }
  ClientSession idle_session() {
    ClientSession session(postgres.conninfo("postgres", "app"));
    EXPECT_TRUE(session.exec("BEGIN; UPDATE acc SET bal = 1 WHERE id = 1").ok);
    return session;
  }

  TemporaryPostgres postgres;
};

TEST_F(Acts, EndsTheSessionThatStillIsWhatItWas) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  auto session = idle_session();
  const auto report = act(watch, healing::terminate_session(seen(session)));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->touched);
  EXPECT_EQ(report->answer, "SELECT 1");
  EXPECT_EQ(session.exec("SELECT 1").sqlstate, "57P01");
}

TEST_F(Acts, LeavesTheSessionThatHasMovedOn) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  auto session = idle_session();
  const auto plan = healing::terminate_session(seen(session));
  ASSERT_TRUE(session.exec("COMMIT; BEGIN; UPDATE acc SET bal = 2 WHERE id = 1").ok);
  const auto report = act(watch, plan);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->touched);
  EXPECT_TRUE(session.exec("COMMIT").ok);
  session.close();
  const auto gone = act(watch, plan);
  ASSERT_TRUE(gone) << gone.error().message;
  EXPECT_FALSE(gone->touched);
}

// An earlier statement of the same transaction has read pg_stat_activity, which PostgreSQL caches, and the
// session moves on behind its back.
TEST_F(Acts, DoesNotBelieveWhatItsTransactionReadBefore) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  ClientSession gate(postgres.conninfo());
  ASSERT_TRUE(gate.exec("CREATE TABLE gate (); GRANT ALL ON gate TO actor").ok);
  ASSERT_TRUE(gate.exec("BEGIN; LOCK TABLE gate").ok);
  auto session = idle_session();
  const auto plan = healing::terminate_session(seen(session));
  Remedy::Parts parts = plan.parts();
  parts.before = {step("SELECT count(state) FROM pg_stat_activity"), step("LOCK TABLE gate")};
  const Remedy slow(plan.guard(), plan.guarded(), parts);

  std::optional<Result<ActReport>> report;
  asio::co_spawn(watch.context(), watch.server().act(approved(slow), TreatmentNumber(12), watch.in(10s)),
                 [&](std::exception_ptr, Result<ActReport> answer) { report = std::move(answer); });
  ClientSession admin(postgres.conninfo());
  ASSERT_TRUE(watch.wait([&] {
    return admin
               .exec(
                   "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'selfheal heal:12' AND "
                   "wait_event_type = 'Lock'")
               .value() == "1";
  }));
  ASSERT_TRUE(session.exec("COMMIT; BEGIN; UPDATE acc SET bal = 2 WHERE id = 1").ok);
  ASSERT_TRUE(gate.exec("COMMIT").ok);
  ASSERT_TRUE(watch.wait([&] { return report.has_value(); }));
  ASSERT_TRUE(*report) << report->error().message;
  EXPECT_FALSE((*report)->touched);
  EXPECT_TRUE(session.exec("COMMIT").ok);
}

TEST_F(Acts, CommitsAllStepsOrNone) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  Remedy::Parts parts;
  parts.before = {step("LOCK TABLE acc IN SHARE ROW EXCLUSIVE MODE")};
  parts.after = {step("UPDATE acc SET bal = 8 WHERE id = 2")};
  const auto good = act(watch, remedy("UPDATE acc SET bal = 7 WHERE id = 1", "id = 1", parts));
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_TRUE(good->touched);
  EXPECT_EQ(good->answer, "UPDATE 1, UPDATE 1");
  EXPECT_EQ(value("SELECT string_agg(bal::text, ' ' ORDER BY id) FROM acc WHERE id <= 2"), "7 8");

  for (const char* sql : {"UPDATE acc SET bal = 1 WHERE id = 0", "SELECT false WHERE id = 0 IS NULL",
                          "SELECT true WHERE 1 <> 1 -- id = 0"}) {
    const auto none = act(watch, remedy(sql, "id = 0", parts));
    if (none) EXPECT_FALSE(none->touched) << sql;
  }
  const auto answers_false =
      act(watch, remedy("SELECT false AS done FROM acc WHERE id = 1", "id = 1", parts));
  ASSERT_TRUE(answers_false);
  EXPECT_FALSE(answers_false->touched);

  parts.after = {step("UPDATE acc SET bal = bal / 0 WHERE id = 2")};
  const auto failed = act(watch, remedy("UPDATE acc SET bal = 1 WHERE id = 1", "id = 1", parts));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().sqlstate, "22012");
  EXPECT_EQ(value("SELECT string_agg(bal::text, ' ' ORDER BY id) FROM acc WHERE id <= 2"), "7 8");
}

TEST_F(Acts, DoNotQueueTheApplicationBehindThemselves) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  ClientSession reader(postgres.conninfo());
  ASSERT_TRUE(reader.exec("BEGIN; SELECT count(*) FROM acc").ok);
  Remedy::Parts parts;
  parts.before = {step("LOCK TABLE acc")};
  const auto begun = watch.clock().steady_now();
  const auto report = act(watch, remedy("UPDATE acc SET bal = 7 WHERE id = 1", "id = 1", parts));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::conflict);
  EXPECT_EQ(report.error().sqlstate, "55P03");
  EXPECT_TRUE(report.error().message.starts_with("nothing was done")) << report.error().message;
  EXPECT_LT(watch.clock().steady_now() - begun, kLockTimeoutOfActs + 2s);
  ASSERT_TRUE(reader.exec("COMMIT").ok);
  EXPECT_TRUE(act(watch, remedy("UPDATE acc SET bal = 7 WHERE id = 1", "id = 1", parts)));
}

TEST_F(Acts, RefuseWhenTheServerOnlyWarns) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  ClientSession admin(postgres.conninfo());
  ASSERT_TRUE(admin.exec("CREATE TABLE theirs (); CREATE ROLE reader; GRANT SELECT ON theirs TO actor").ok);
  for (const char* after : {"ANALYZE theirs", "CREATE TEMP TABLE IF NOT EXISTS pg_class ()",
                            "GRANT SELECT ON theirs TO reader", "DROP TABLE IF EXISTS nowhere"}) {
    Remedy::Parts parts;
    parts.after = {step(after)};
    if (std::string_view(after).starts_with("CREATE")) parts.before = {step("CREATE TEMP TABLE pg_class ()")};
    const auto report = act(watch, remedy("UPDATE acc SET bal = 99 WHERE id = 1", "id = 1", parts));
    ASSERT_FALSE(report) << after;
    EXPECT_TRUE(report.error().code == ErrorCode::refused) << after << ": " << report.error().message;
    EXPECT_EQ(value("SELECT bal FROM acc WHERE id = 1"), "0") << after;
  }
}

TEST_F(Acts, AssumeTheRoleOfTheRemedyForItsTransactionOnly) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  ClientSession admin(postgres.conninfo());
  ASSERT_TRUE(admin
                  .exec("CREATE ROLE \"the owner\"; GRANT \"the owner\" TO actor; CREATE TABLE log (who "
                        "text, app text);"
                        "GRANT ALL ON log TO \"the owner\", actor")
                  .ok);
  const std::string insert =
      "INSERT INTO log SELECT current_user, current_setting('application_name') WHERE true";
  Remedy::Parts parts;
  parts.set_role = "the owner";
  ASSERT_TRUE(act(watch, remedy(insert, "true", parts)));
  ASSERT_TRUE(act(watch, remedy(insert, "true")));
  EXPECT_EQ(value("SELECT string_agg(who || '/' || app, ', ') FROM log"),
            "the owner/selfheal heal:12, actor/selfheal heal:12");
  parts.set_role = "app";
  const auto report = act(watch, remedy(insert, "true", parts));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::refused);
  EXPECT_TRUE(report.error().message.starts_with("nothing was done")) << report.error().message;
}

TEST_F(Acts, OnlyOneInstallationActsOnAServer) {
  WatchRunner first(test::watching(postgres));
  ASSERT_TRUE(first.wait_until_up());
  const auto plan = remedy("UPDATE acc SET bal = bal + 1 WHERE id = 1", "id = 1");
  ASSERT_TRUE(act(first, plan));
  {
    WatchRunner second(test::watching(postgres));
    ASSERT_TRUE(second.wait_until_up());
    const auto report = act(second, plan);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, ErrorCode::conflict);
    EXPECT_EQ(report.error().message, "nothing was done: another selfheal acts on this server");
  }
  EXPECT_TRUE(act(first, plan));
  EXPECT_EQ(value("SELECT bal FROM acc WHERE id = 1"), "2");
}

TEST_F(Acts, RunInTheDatabaseOfTheRemedy) {
  ClientSession admin(postgres.conninfo());
  ASSERT_TRUE(admin.exec("CREATE DATABASE shop").ok);
  ClientSession shop(postgres.conninfo("shop"));
  ASSERT_TRUE(shop.exec("CREATE TABLE t (a int); GRANT ALL ON t TO actor").ok);
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  Remedy::Parts parts;
  parts.database = "shop";
  const auto plan = remedy("INSERT INTO t SELECT 1 WHERE true", "true", parts);
  ASSERT_TRUE(act(watch, plan));
  EXPECT_EQ(shop.exec("SELECT count(*) FROM t").value(), "1");
  // Another installation whose home is that database holds its lock there.
  ASSERT_EQ(shop.exec(fmt::format("SELECT pg_try_advisory_lock({})", 0x53454C464845414C)).value(), "t");
  const auto report = act(watch, plan);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::conflict);
}

// The connection dies while the server commits: a deferred trigger ends the session that acts.
TEST_F(Acts, ALostCommitIsUnknownAndNotAFailure) {
  ClientSession admin(postgres.conninfo());
  ASSERT_TRUE(
      admin
          .exec(
              "CREATE FUNCTION die() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN PERFORM "
              "pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$; CREATE "
              "CONSTRAINT TRIGGER die AFTER UPDATE ON acc DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
              "FUNCTION die()")
          .ok);
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  const auto report = act(watch, remedy("UPDATE acc SET bal = 1 WHERE id = 1", "id = 1"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::unavailable) << report.error().message;
  EXPECT_TRUE(report.error().message.contains("nobody knows")) << report.error().message;
  ASSERT_TRUE(watch.wait_until_up());
}

TEST_F(Acts, TimeThatIsUpIsUnknownOnlyOnceTheActHasBegun) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  const auto slow = act(watch, remedy("SELECT true, pg_sleep(9) FROM acc WHERE id = 1", "id = 1"), 1s);
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, ErrorCode::timed_out) << slow.error().message;
  Remedy::Parts parts;
  parts.before = {step("SELECT pg_sleep(9)")};
  const auto early = act(watch, remedy("UPDATE acc SET bal = 1 WHERE id = 1", "id = 1", parts), 1s);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::failed) << early.error().message;
  EXPECT_EQ(early.error().sqlstate, "57014");
}

TEST_F(Acts, ASignalThatIsNotObeyedInTimeIsUnknown) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  auto session = idle_session();
  const pid_t backend = session.backend_pid();
  ASSERT_EQ(kill(backend, SIGSTOP), 0);
  const auto guard = fmt::format("pid = {}", backend);
  const auto report =
      act(watch, remedy("SELECT pg_terminate_backend(pid, 100) FROM pg_stat_activity WHERE " + guard, guard));
  EXPECT_EQ(kill(backend, SIGCONT), 0);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::timed_out) << report.error().message;
}

TEST_F(Acts, WithoutAConnectionNothingWasDone) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  postgres.stop();
  const auto report = act(watch, remedy("UPDATE acc SET bal = 1 WHERE id = 1", "id = 1"));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::failed);
  EXPECT_TRUE(report.error().message.starts_with("nothing was done")) << report.error().message;

  auto options = test::watching(postgres);
  options.act.reset();
  WatchRunner observer(std::move(options));
  EXPECT_EQ(act(observer, remedy("UPDATE acc SET bal = 1 WHERE id = 1", "id = 1")).error().code,
            ErrorCode::refused);
}

TEST_F(Acts, AreTakenBackUnlessAnUndoStatementSaysNo) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  ClientSession admin(postgres.conninfo());
  ASSERT_TRUE(
      admin.exec("CREATE TABLE part (a int); ALTER TABLE part OWNER TO actor; INSERT INTO part VALUES (1)")
          .ok);
  Treatment treatment{.number = TreatmentNumber(12)};
  treatment.undo = {"LOCK TABLE part IN ACCESS EXCLUSIVE MODE",
                    "SELECT true AS empty WHERE NOT EXISTS (SELECT FROM part)", "DROP TABLE part"};
  const auto undo = [&] { return watch.get(watch.server().undo(treatment, watch.in(10s))); };
  const auto kept = undo();
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_FALSE(kept->touched);
  ASSERT_TRUE(admin.exec("DELETE FROM part").ok);
  const auto undone = undo();
  ASSERT_TRUE(undone) << undone.error().message;
  EXPECT_TRUE(undone->touched);
  EXPECT_EQ(undone->answer, "LOCK TABLE, SELECT 1, DROP TABLE");
  EXPECT_EQ(value("SELECT to_regclass('part') IS NULL"), "t");
  const auto again = undo();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().sqlstate, "42P01");
}

// DROP INDEX CONCURRENTLY cannot run in a transaction block, and must not meet another index than the guard
// saw.
class OutsideActs : public Acts {
 protected:
  OutsideActs() {
    EXPECT_TRUE(ClientSession(postgres.conninfo())
                    .exec("ALTER TABLE acc OWNER TO actor; CREATE INDEX acc_bal ON acc (bal)")
                    .ok);
  }
  static Remedy drop(const std::string& guard = "indexrelid = 'acc_bal'::regclass AND NOT indisprimary") {
    Remedy::Parts parts;
    parts.before = {step("LOCK TABLE acc IN SHARE UPDATE EXCLUSIVE MODE")};
    parts.outside = step("DROP INDEX CONCURRENTLY acc_bal");
    return remedy("SELECT true FROM pg_index WHERE " + guard, guard, parts);
  }
  bool has_index() { return value("SELECT to_regclass('acc_bal') IS NOT NULL") == "t"; }
};

TEST_F(OutsideActs, RunAStatementThatNoTransactionTakes) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  const auto untouched = act(watch, drop("indexrelid = 'acc_bal'::regclass AND indisprimary"));
  ASSERT_TRUE(untouched) << untouched.error().message;
  EXPECT_FALSE(untouched->touched);
  EXPECT_TRUE(has_index());
  const auto report = act(watch, drop());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->touched);
  EXPECT_EQ(report->answer, "SELECT 1, DROP INDEX");
  EXPECT_FALSE(has_index());
  EXPECT_EQ(value("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'selfheal heal:%'"),
            "0");
}

// Somebody who waits for the table when we come would get it between our guard and our statement.
TEST_F(OutsideActs, LetNobodyInBetween) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  ClientSession gate(postgres.conninfo());
  ASSERT_TRUE(gate.exec("CREATE TABLE gate (); GRANT ALL ON gate TO actor").ok);
  ASSERT_TRUE(gate.exec("BEGIN; LOCK TABLE gate").ok);
  auto slow = drop();
  auto parts = slow.parts();
  parts.before.push_back(step("LOCK TABLE gate"));
  const Remedy behind_gate(slow.guard(), slow.guarded(), parts);
  std::optional<Result<ActReport>> report;
  asio::co_spawn(watch.context(),
                 watch.server().act(approved(behind_gate), TreatmentNumber(12), watch.in(10s)),
                 [&](std::exception_ptr, Result<ActReport> answer) { report = std::move(answer); });
  ClientSession admin(postgres.conninfo());
  const auto waiting = [&](const char* relation) {
    return admin
               .exec(fmt::format(
                   "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '{}'::regclass", relation))
               .value() == "1";
  };
  ASSERT_TRUE(watch.wait([&] { return waiting("gate"); }));
  ClientSession other(postgres.conninfo());
  other.send("REINDEX TABLE acc");
  ASSERT_TRUE(watch.wait([&] { return waiting("acc"); }));
  ASSERT_TRUE(gate.exec("COMMIT").ok);
  ASSERT_TRUE(watch.wait([&] { return report.has_value(); }));
  ASSERT_FALSE(*report);
  EXPECT_EQ(report->error().code, ErrorCode::conflict) << report->error().message;
  EXPECT_TRUE(has_index());
  EXPECT_TRUE(watch.wait([&] { return other.answered(); }));
  EXPECT_TRUE(other.collect().ok);
  EXPECT_TRUE(act(watch, drop())) << "the acting connection is as good as before";
}

TEST_F(OutsideActs, GiveUpOnALongTransactionAndLeaveWhatEvidenceCanTell) {
  WatchRunner watch(test::watching(postgres));
  ASSERT_TRUE(watch.wait_until_up());
  ClientSession reader(postgres.conninfo());
  ASSERT_TRUE(reader.exec("BEGIN; SELECT count(*) FROM acc").ok);
  const auto report = act(watch, drop());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().sqlstate, "55P03");
  EXPECT_EQ(value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'acc_bal'::regclass"), "f");
  ASSERT_TRUE(reader.exec("COMMIT").ok);
  EXPECT_TRUE(act(watch, drop()));
  EXPECT_FALSE(has_index());
}

}  // namespace
}  // namespace selfheal::watch
