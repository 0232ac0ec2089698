// The sample application against a real server: what visitors can do to it, and that its troubles are real
// and end.
#include "sample/application.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/client_session.h"
#include "support/loop.h"
#include "support/temporary_postgres.h"

namespace selfheal::sample {
namespace {

using test::ClientSession;
using ::testing::HasSubstr;

constexpr Duration kTime = 20s;

StatusTask stopped(Application& application) {
  co_await application.stop();
  co_return Status();
}

class Sample : public ::testing::Test {
 protected:
  Sample() {
    run("CREATE ROLE employees_web LOGIN");
    run(std::string(setup_sql()));
    restart();
  }
  void TearDown() override { stop(); }

  void restart() {
    const auto target = pg::parse_connection_string(postgres.conninfo("postgres", "employees_web"));
    application.emplace(Options{.executor = loop.context().get_executor(), .target = *target}, clock);
  }
  void stop() {
    if (application) EXPECT_TRUE(loop.run(stopped(*application)));
    application.reset();
  }

  void run(const std::string& sql) {
    const auto answer = admin.exec(sql);
    ASSERT_TRUE(answer.ok) << sql << ": " << answer.message;
  }
  std::string value(const std::string& sql) { return admin.exec(sql).value(); }

  Added add(NewEmployee employee) {
    auto added = loop.run(application->add(std::move(employee), clock.deadline_in(kTime)));
    EXPECT_TRUE(added) << (added ? "" : added.error().message);
    return added.value_or(Added{});
  }
  Added add_named(std::string name, std::string email) {
    return add({.name = std::move(name), .email = std::move(email), .department = "Sales"});
  }
  Result<Caused> cause(const char* trouble) {
    return loop.run(application->cause(trouble, clock.deadline_in(kTime)));
  }
  std::string waiting() {
    return value(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'employees-web' AND "
        "cardinality(pg_blocking_pids(pid)) > 0");
  }
  std::string sessions() {
    return value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'employees-web'");
  }
  // Lets the loop run until it holds.
  bool becomes(const std::function<bool()>& holds) {
    const auto until = clock.deadline_in(kTime);
    while (!holds() && clock.left(until) > Duration::zero()) {
      loop.context().restart();
      loop.context().run_for(5ms);
    }
    return holds();
  }

  test::TemporaryPostgres postgres;
  ClientSession admin{postgres.conninfo()};
  SystemClock clock;
  test::Loop loop;
  std::optional<Application> application;
};

TEST_F(Sample, AddsAndListsNewestFirst) {
  const auto added = add_named("  Annie Easley ", "Annie@Example.com");
  ASSERT_TRUE(added.employee);
  EXPECT_EQ(added.employee->name, "Annie Easley");
  EXPECT_EQ(added.employee->email, "annie@example.com");
  const auto all = loop.run(application->employees(clock.deadline_in(kTime)));
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 6u);
  EXPECT_EQ(all->front().email, "annie@example.com");
}

TEST_F(Sample, NamesTheFieldOfADuplicate) {
  const auto added = add_named("Ada again", "ADA@example.com");
  ASSERT_TRUE(added.rejection);
  EXPECT_EQ(added.rejection->field, "email");
  EXPECT_EQ(added.rejection->sqlstate, "23505");
  EXPECT_THAT(added.rejection->what, HasSubstr("already"));
}

TEST_F(Sample, OffersTheDepartmentsThatAreThere) {
  std::string offered;
  for (const auto department : kDepartments)
    offered += fmt::format("{}{}", offered.empty() ? "" : ",", department);
  EXPECT_EQ(value("SELECT string_agg(name, ',' ORDER BY name) FROM staff.departments"), offered);
}

TEST_F(Sample, NamesTheFieldOfADepartmentThatIsNotThere) {
  const auto added = add({.name = "A", .email = "a@b", .department = "Alchemy"});
  ASSERT_TRUE(added.rejection);
  EXPECT_EQ(added.rejection->field, "department");
  EXPECT_EQ(added.rejection->sqlstate, "23503");
}

TEST_F(Sample, TakesHostileTextAsText) {
  for (const std::string name : {"Robert'); DROP TABLE staff.employees;--", "<img src=x onerror=alert(1)>",
                                 "Zoë \xf0\x9f\xa6\x89 \xd9\x85\xd8\xb1\xd9\x85", "O'Neil \\ \"q\" $1 %s"}) {
    const auto added = add_named(name, fmt::format("x{}@example.com", std::hash<std::string>()(name)));
    ASSERT_TRUE(added.employee) << name;
    EXPECT_EQ(added.employee->name, name);
  }
  EXPECT_EQ(value("SELECT count(*) FROM staff.employees"), "9");
}

TEST_F(Sample, RefusesWhatDoesNotFitBeforeItIsSent) {
  struct Wrong {
    std::string name;
    std::string email;
    std::string field;
  };
  const std::string long_text(10u << 10, 'x');
  for (const auto& [name, email, field] :
       {Wrong{"", "a@b", "name"}, Wrong{"   ", "a@b", "name"}, Wrong{long_text, "a@b", "name"},
        Wrong{"two\nlines", "a@b", "name"}, Wrong{std::string("nul\0", 4), "a@b", "name"},
        Wrong{"A", "", "email"}, Wrong{"A", "ab", "email"}, Wrong{"A", "a@b@c", "email"},
        Wrong{"A", "a b@c", "email"}, Wrong{"A", long_text + "@example.com", "email"}}) {
    const auto added = add_named(name, email);
    ASSERT_TRUE(added.rejection) << email;
    EXPECT_EQ(added.rejection->field, field) << email;
    EXPECT_EQ(added.rejection->sqlstate, "");
  }
}

TEST_F(Sample, KeepsTheTableSmallAndTheFounders) {
  run(fmt::format(
      "INSERT INTO staff.employees (name, email, department) SELECT 'V ' || g, g || '@v', 'Sales' "
      "FROM generate_series(1, {}) g",
      kVisitorsRows));
  ASSERT_TRUE(add_named("One more", "more@example.com").employee);
  EXPECT_EQ(value("SELECT count(*) FROM staff.employees WHERE NOT is_founder"),
            fmt::format("{}", kVisitorsRows));
  EXPECT_EQ(value("SELECT count(*) FROM staff.employees WHERE is_founder"), "5");
  EXPECT_EQ(value("SELECT count(*) FROM staff.employees WHERE email = '1@v'"), "0");
  const auto all = loop.run(application->employees(clock.deadline_in(kTime)));
  EXPECT_EQ(all->size(), std::size_t(kListed));
}

TEST_F(Sample, CausesErrorsThatAreWhatTheyClaim) {
  for (const auto& [trouble, sqlstate] :
       {std::pair("duplicate", "23505"), std::pair("bad_query", "42703"), std::pair("permission", "42501"),
        std::pair("deadlock", "40P01"), std::pair("sequence", "23505")}) {
    const auto caused = cause(trouble);
    ASSERT_TRUE(caused) << trouble << ": " << caused.error().message;
    EXPECT_EQ(caused->sqlstate, sqlstate) << trouble;
  }
  // Behind the sequence adding fails, and that is no fault of a field.
  const auto added = add_named("Late", "late@example.com");
  ASSERT_TRUE(added.rejection);
  EXPECT_EQ(added.rejection->field, "");
  EXPECT_EQ(added.rejection->sqlstate, "23505");
  EXPECT_EQ(sessions(), "0");
}

TEST_F(Sample, SaysWhenATroubleIsNoneAnyMore) {
  run("GRANT SELECT ON staff.salaries TO employees_web");
  const auto caused = cause("permission");
  ASSERT_TRUE(caused);
  EXPECT_EQ(caused->sqlstate, "");
}

TEST_F(Sample, KnowsNoOtherTrouble) {
  const auto caused = cause("drop");
  ASSERT_FALSE(caused);
  EXPECT_EQ(caused.error().code, ErrorCode::not_found);
}

TEST_F(Sample, ALockReallyBlocksUntilItsSessionIsEnded) {
  ASSERT_TRUE(cause("lock"));
  EXPECT_TRUE(becomes([&] { return waiting() == "1"; }));
  ASSERT_EQ(application->locks().size(), 1u);
  EXPECT_EQ(application->locks()[0].state, LockState::waiting);
  EXPECT_EQ(value(fmt::format("SELECT pg_blocking_pids({})", application->locks()[0].waiter_pid)),
            fmt::format("{{{}}}", application->locks()[0].holder_pid));
  run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'");
  EXPECT_TRUE(becomes([&] { return application->locks()[0].state != LockState::waiting; }));
  const auto lock = application->locks()[0];
  EXPECT_EQ(lock.state, LockState::went_through);
  EXPECT_EQ(lock.holder_sqlstate, "57P01");
  EXPECT_TRUE(lock.ended_at);
  EXPECT_TRUE(becomes([&] { return sessions() == "0"; }));
}

TEST_F(Sample, SaysSoWhenTheWaitingSessionIsEndedInstead) {
  ASSERT_TRUE(cause("lock"));
  EXPECT_TRUE(becomes([&] { return waiting() == "1"; }));
  run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0");
  EXPECT_TRUE(becomes([&] { return application->locks()[0].state == LockState::failed; }));
  EXPECT_EQ(application->locks()[0].sqlstate, "57014");
  EXPECT_EQ(application->locks()[0].holder_sqlstate, "");
}

TEST_F(Sample, DoesNotLeaveAVisitorWaitingForARowThatIsHeld) {
  run("BEGIN; UPDATE staff.employees SET name = name WHERE email = 'ada@example.com'");
  const auto added = add_named("Ada again", "ada@example.com");
  run("ROLLBACK");
  ASSERT_TRUE(added.rejection);
  EXPECT_EQ(added.rejection->sqlstate, "55P03");
  EXPECT_EQ(added.rejection->field, "");
}

TEST_F(Sample, HoldsNoMoreThanAFewLocks) {
  for (std::size_t i = 0; i < kLocksAtOnce; ++i) ASSERT_TRUE(cause("lock"));
  const auto more = cause("lock");
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::conflict);
  EXPECT_TRUE(becomes([&] { return waiting() == fmt::format("{}", kLocksAtOnce); }));
  EXPECT_TRUE(add_named("Goes on", "goes@example.com").employee);
}

TEST_F(Sample, ClearsUpWhenItIsTold) {
  ASSERT_TRUE(cause("lock"));
  ASSERT_TRUE(cause("lock"));
  EXPECT_TRUE(becomes([&] { return waiting() == "2"; }));
  application->clear_up();
  EXPECT_TRUE(becomes([&] { return application->locks()[0].state == LockState::cleared; }));
  EXPECT_TRUE(becomes([&] { return sessions() == "0"; }));
  EXPECT_TRUE(cause("lock"));
}

TEST_F(Sample, EndsEverySessionWhenItStops) {
  ASSERT_TRUE(cause("lock"));
  EXPECT_TRUE(becomes([&] { return waiting() == "1"; }));
  stop();
  EXPECT_TRUE(test::wait_until([&] { return sessions() == "0"; }));
}

TEST_F(Sample, SurvivesARestartOfItsServer) {
  ASSERT_TRUE(cause("lock"));
  EXPECT_TRUE(becomes([&] { return waiting() == "1"; }));
  postgres.restart();
  EXPECT_TRUE(becomes([&] { return application->locks()[0].state == LockState::failed; }));
  EXPECT_TRUE(add_named("After", "after@example.com").employee);
}

TEST_F(Sample, SaysThatTheDatabaseIsAway) {
  postgres.stop();
  const auto all = loop.run(application->employees(clock.deadline_in(kTime)));
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, ErrorCode::unavailable);
}

TEST_F(Sample, MayBeSetUpTwice) {
  run(std::string(setup_sql()));
  EXPECT_EQ(value("SELECT count(*) FROM staff.employees"), "5");
}

}  // namespace
}  // namespace selfheal::sample
