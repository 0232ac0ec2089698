#include "healing/policy/policy.h"

#include <gtest/gtest.h>

#include "healing/remedies/advance_sequence.h"
#include "healing/remedies/terminate_session.h"
#include "support/cases.h"

namespace selfheal::healing {
namespace {

using test::kNow;

const RemedyKind kRisky{.name = "risky", .title = "Risky", .level = Level::approval};
const RemedyKind kByHand{.name = "by_hand", .title = "By hand", .level = Level::person};

Remedy remedy_of(const RemedyKind& kind) {
  return Remedy({.condition = "id = $1", .in_words = "it is still there"},
                {.sql = "SELECT 1 WHERE id = $1", .params = {"7"}, .shown = "SELECT 1"},
                {.kind = &kind, .target = "thing 7", .target_key = "thing:7", .database = "shop"});
}

const Remedy kTerminate = terminate_session(
    {.pid = 4121, .backend_start = kNow - 1h, .xact_start = kNow - 2min, .state_change = kNow - 90s});

struct Situation {
  Incident incident;
  Diagnosis diagnosis{.confidence = Confidence::confirmed};
  Settings settings{.default_mode = ActionMode::automatic, .version = "v1"};
  Usage usage{.servers = 1};

  Decision decide(const Remedy& remedy) const {
    return Policy::decide(remedy, diagnosis, incident, settings, usage, kNow);
  }
};

TEST(Policy, ApprovesAConfirmedCauseInAutoMode) { EXPECT_TRUE(Situation{}.decide(kTerminate).approved); }

TEST(Policy, ShippedDefaultAsksAPerson) {
  Situation s;
  s.settings = Settings{.version = "v1"};
  const auto decision = s.decide(kTerminate);
  EXPECT_FALSE(decision.approved);
  EXPECT_TRUE(decision.awaits_approval);
}

TEST(Policy, ModesAndLevelsAreCeilings) {
  Situation s;
  EXPECT_TRUE(s.decide(remedy_of(kRisky)).awaits_approval);
  EXPECT_EQ(s.decide(remedy_of(kByHand)).mode, ActionMode::suggest);
  s.settings.modes["terminate_session"] = ActionMode::off;
  EXPECT_EQ(s.decide(kTerminate).mode, ActionMode::off);
  EXPECT_FALSE(s.decide(kTerminate).approved);
}

TEST(Policy, NothingLessThanConfirmedActsByItself) {
  for (const auto confidence : {Confidence::unknown, Confidence::possible, Confidence::likely}) {
    Situation s;
    s.diagnosis.confidence = confidence;
    EXPECT_FALSE(s.decide(kTerminate).approved) << to_word(confidence);
  }
}

TEST(Policy, NeverActsByItselfWhereTheStoreLives) {
  Situation s;
  s.settings.store_is_watched = true;
  EXPECT_TRUE(s.decide(kTerminate).awaits_approval);
}

TEST(Policy, EachBrakeHolds) {
  const std::vector<std::pair<const char*, std::function<void(Situation&)>>> brakes{
      {"paused", [](Situation& s) { s.settings.paused = true; }},
      {"an hour here", [](Situation& s) { s.usage.acts_last_hour = 3; }},
      {"a day here", [](Situation& s) { s.usage.acts_last_day = 10; }},
      {"all servers", [](Situation& s) { s.usage.installation_acts_last_hour = 20; }},
      {"treated", [](Situation& s) { s.usage.last_on_target = kNow - 14min; }},
      {"a person must look", [](Situation& s) { s.usage.failures_last_day = 2; }},
      {"not theirs", [](Situation& s) { s.usage.servers = 10, s.usage.servers_with_trouble = 4; }},
  };
  for (const auto& [words, apply] : brakes) {
    Situation s;
    apply(s);
    const auto decision = s.decide(kTerminate);
    EXPECT_FALSE(decision.approved) << words;
    EXPECT_NE(decision.reason.find(words), std::string::npos) << decision.reason;
  }
}

TEST(Policy, BrakesLetGoAgain) {
  Situation s;
  s.usage.last_on_target = kNow - 15min;
  s.usage.acts_last_hour = 2;
  s.usage.failures_last_day = 1;
  s.usage.servers = 10;
  s.usage.servers_with_trouble = 3;
  EXPECT_TRUE(s.decide(kTerminate).approved);
}

class Approval : public ::testing::Test {
 protected:
  Situation situation_;
  PlanShown shown_ = Policy::show(kTerminate, situation_.incident, situation_.settings, kNow);
  Principal person_{.name = "ann", .may_approve = true};

  Result<ApprovedRemedy> approve(const Remedy& remedy, Time at = kNow) {
    return Policy::approve_by(person_, remedy, shown_, situation_.incident, situation_.settings,
                              situation_.usage, at);
  }
};

TEST_F(Approval, IsForWhatWasShown) {
  const auto approved = approve(kTerminate);
  ASSERT_TRUE(approved) << approved.error().message;
  EXPECT_EQ(approved->approved_by(), "ann");
}

TEST_F(Approval, IsRefusedWhenTheSessionMovedOn) {
  const auto moved = terminate_session(
      {.pid = 4121, .backend_start = kNow - 1h, .xact_start = kNow - 1min, .state_change = kNow});
  EXPECT_EQ(approve(moved).error().code, ErrorCode::conflict);
}

TEST_F(Approval, ExpiresAndDiesWithThePolicyVersion) {
  EXPECT_EQ(approve(kTerminate, kNow + 15min).error().code, ErrorCode::conflict);
  situation_.settings.version = "v2";
  EXPECT_EQ(approve(kTerminate).error().code, ErrorCode::conflict);
}

TEST_F(Approval, DoesNotOverruleTheKillSwitchOrTheRole) {
  situation_.settings.paused = true;
  EXPECT_EQ(approve(kTerminate).error().code, ErrorCode::refused);
  situation_.settings.paused = false;
  person_.may_approve = false;
  EXPECT_EQ(approve(kTerminate).error().code, ErrorCode::refused);
}

TEST(Remedy, TheGuardStandsInsideTheActingStatement) {
  EXPECT_NE(kTerminate.guarded().sql.find(kTerminate.guard().condition), std::string::npos);
  EXPECT_DEATH(Remedy({.condition = "a = 1"}, {.sql = "SELECT 1"}, {.kind = &kRisky, .target_key = "x"}),
               "CHECK");
}

}  // namespace
}  // namespace selfheal::healing
