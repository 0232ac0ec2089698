// Every playbook's trouble and decoy, end to end on a real server: from the line in the log to the verdict
// over REST.
#include "server/stage.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <fstream>

#include "server/doctor.h"
#include "support/unprivileged.h"

namespace selfheal::server {
namespace {

class Scenarios : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    account_.emplace();
    name_ = "/tmp/selfheal-stage-XXXXXX";
    ASSERT_NE(mkdtemp(name_.data()), nullptr);
    auto stage = Stage::open({.directory = name_}, clock_);
    ASSERT_TRUE(stage) << stage.error().message;
    stage_ = *std::move(stage);
  }
  static void TearDownTestSuite() {
    stage_.reset();
    std::filesystem::remove_all(name_);
    account_.reset();
  }
  static std::optional<test::Unprivileged> account_;
  static SystemClock clock_;
  static std::string name_;
  static std::unique_ptr<Stage> stage_;
};
std::optional<test::Unprivileged> Scenarios::account_;
SystemClock Scenarios::clock_;
std::string Scenarios::name_;
std::unique_ptr<Stage> Scenarios::stage_;

// A decoy stands on its scenario's tables, so it is played right after the trouble.
TEST_F(Scenarios, TroublesAndDecoysEndAsTheyShould) {
  ASSERT_TRUE(stage_);
  const auto all = scenarios();
  ASSERT_TRUE(all) << all.error().message;
  for (const auto& scenario : *all)
    for (const bool decoy : {false, true}) {
      const auto played = stage_->play(scenario, decoy);
      EXPECT_TRUE(played.as_expected) << played.trouble << ": " << played.why_not;
    }
}

// A session that was ended or cancelled logs an error of its own; nobody is to be bothered with it.
TEST_F(Scenarios, WhatWeDidToSessionsIsNoTroubleLeftOpen) {
  ASSERT_TRUE(stage_);
  const auto all = scenarios();
  // A leak of the same application is left alone for a quarter of an hour; what its sessions logged is looked
  // at below.
  for (const auto& [name, table] :
       {std::pair("ddl_lock_queue", "ledger"), std::pair("idle_in_transaction_blocker", "accounts")}) {
    auto again = *std::ranges::find(*all, name, &Scenario::name);
    again.setup = fmt::format("DROP TABLE IF EXISTS {}; {}", table, again.setup);
    const auto role = again.setup.find("CREATE ROLE deploy");
    if (role != std::string::npos) again.setup.insert(role, "DROP ROLE IF EXISTS deploy; ");
    const auto played = stage_->play(again, false);
    EXPECT_TRUE(played.as_expected) << name << ": " << played.why_not;
  }
  // A timeout that the application set itself has the same SQLSTATE as our cancelling.
  const auto is_ours = [](const auto& incident) {
    const auto& sqlstate = incident.at("sqlstate").as_string();
    return sqlstate == "57P01" ||
           std::string_view(incident.at("message").as_string()).contains("user request");
  };
  std::string left;
  EXPECT_TRUE(stage_->wait_for(
      [&] {
        const auto open = stage_->get("/api/v1/incidents?state=open&state=diagnosing&state=reopened");
        if (!open) return false;
        left.clear();
        for (const auto& incident : open->at("items").as_array())
          if (is_ours(incident)) left += boost::json::serialize(incident) + "\n";
        return left.empty();
      },
      clock_.deadline_in(10s)))
      << left;
}

// The store's PostgreSQL is killed under a running Selfheal: people get a 503, and it is started again.
TEST_F(Scenarios, TheStoreIsStartedAgainWhenItWasKilled) {
  ASSERT_TRUE(stage_);
  std::ifstream file(name_ + "/selfheal/store/data/postmaster.pid");
  pid_t postmaster = 0;
  ASSERT_TRUE(file >> postmaster);
  ASSERT_EQ(kill(postmaster, SIGKILL), 0);
  const auto answers = [&] { return stage_->get("/api/v1/incidents").has_value(); };
  EXPECT_TRUE(stage_->wait_for([&] { return !answers(); }, clock_.deadline_in(10s)));
  EXPECT_TRUE(stage_->wait_for(answers, clock_.deadline_in(15s)));
  const auto all = scenarios();
  auto again = *std::ranges::find(*all, "genuine_duplicate", &Scenario::name);
  again.setup = "DROP TABLE IF EXISTS users; " + again.setup;
  const auto played = stage_->play(again, false);
  EXPECT_TRUE(played.as_expected) << played.why_not;
}

TEST_F(Scenarios, DoctorFindsNothingToComplainAboutWhereItsAdviceWasFollowed) {
  ASSERT_TRUE(stage_);
  const auto with_user = [](std::string conninfo, const std::string& user) {
    return pg::parse_connection_string(conninfo.replace(conninfo.find("user=app"), 8, "user=" + user));
  };
  const auto examined = examine("shop",
                                {.observe = *with_user(stage_->application_conninfo(), "selfheal_observe"),
                                 .act = *with_user(stage_->application_conninfo(), "selfheal_act"),
                                 .ask = std::nullopt},
                                clock_);
  for (const auto& check : examined.checks)
    EXPECT_NE(check.finding, Finding::problem) << check.name << ": " << check.detail << " | " << check.fix;
  const auto poor = examine("shop",
                            {.observe = *with_user(stage_->application_conninfo(), "app"),
                             .act = *with_user(stage_->application_conninfo(), "app"),
                             .ask = std::nullopt},
                            clock_);
  EXPECT_GE(poor.problems(), 4);
  for (const auto& check : poor.checks)
    if (check.finding == Finding::problem) EXPECT_FALSE(check.fix.empty()) << check.name;
}

}  // namespace
}  // namespace selfheal::server
