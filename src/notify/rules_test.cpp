#include "notify/rules.h"

#include <gtest/gtest.h>

namespace selfheal::notify {
namespace {

using enum IncidentState;

const Time kNow(std::chrono::seconds(1'900'000'000));

Incident in_state(IncidentState state, Severity severity = Severity::high) {
  Incident incident{.rev = 7, .state = state};
  incident.error_class.severity = severity;
  return incident;
}

std::optional<Told> told(IncidentState state, Duration ago = 1h) {
  return Told{.at = kNow - ago, .state = state, .severity = Severity::high, .rev = 3};
}

struct Case {
  const char* name;
  Incident incident;
  std::optional<Told> told;
  bool can_edit = false;
  std::optional<Change> wanted;
};

TEST(Rules, TellWhatMattersOnce) {
  const Case cases[]{
      {"new", in_state(diagnosing), {}, false, Change::opened},
      {"new, below the channel's severity", in_state(open, Severity::low), {}, false, {}},
      {"new, with a fix ready", in_state(awaiting_approval), {}, false, Change::needs_approval},
      {"healed before anybody heard", in_state(healed), {}, false, Change::healed},
      {"failed before anybody heard", in_state(failed), {}, false, Change::failed},
      {"gone before anybody heard", in_state(resolved), {}, true, {}},
      {"muted before anybody heard", in_state(muted), {}, true, {}},
      {"on its way", in_state(applying), told(awaiting_approval), false, {}},
      {"on its way, where it can be edited", in_state(applying), told(awaiting_approval), true,
       Change::updated},
      {"a fix is ready", in_state(awaiting_approval), told(open), false, Change::needs_approval},
      {"healed", in_state(healed), told(open), false, Change::healed},
      {"failed", in_state(failed), told(awaiting_approval), false, Change::failed},
      {"resolved", in_state(resolved), told(open), false, Change::resolved},
      {"again", in_state(reopened), told(healed), false, Change::reopened},
      {"again, and looked at already", in_state(diagnosing), told(resolved), true, Change::reopened},
      {"muted, no edits", in_state(muted), told(open), false, {}},
      {"muted", in_state(muted), told(open), true, Change::muted},
      {"no longer muted", in_state(open), told(muted), false, Change::unmuted},
      {"refused", in_state(refused), told(open), true, Change::refused},
      {"only counts, no edits", in_state(open), told(open), false, {}},
      {"only counts", in_state(open), told(open), true, Change::updated},
      {"counts of a muted one", in_state(muted), told(muted), true, {}},
  };
  for (const auto& one : cases) {
    const auto decision =
        decide({.incident = one.incident, .told = one.told, .can_edit = one.can_edit}, {}, kNow);
    EXPECT_EQ(decision.change, one.wanted) << one.name;
    EXPECT_FALSE(decision.not_before) << one.name;
  }
}

TEST(Rules, AStandInIsToldWhateverTheSeverity) {
  const auto incident = in_state(open, Severity::low);
  const std::optional<Told> nothing;
  EXPECT_EQ(decide({.incident = incident, .told = nothing, .stands_in = true}, {}, kNow).change,
            Change::opened);
}

TEST(Rules, ARiseOfSeverityIsToldEverywhere) {
  auto before = told(open);
  before->severity = Severity::medium;
  const auto incident = in_state(open);
  EXPECT_EQ(decide({.incident = incident, .told = before}, {}, kNow).change, Change::updated);
}

TEST(Rules, NothingNewIsNothingToTell) {
  auto before = told(open);
  before->rev = 7;
  const auto incident = in_state(open);
  EXPECT_FALSE(decide({.incident = incident, .told = before, .can_edit = true}, {}, kNow).change);
}

TEST(Rules, CountsAloneAreTakenTogether) {
  const auto before = told(open, 20s);
  const auto incident = in_state(open);
  EXPECT_EQ(decide({.incident = incident, .told = before, .can_edit = true}, {}, kNow).not_before,
            kNow + 40s);
}

TEST(Rules, WhatComesAndGoesIsToldEveryTenMinutes) {
  const auto before = told(healed, 1min);
  const auto incident = in_state(reopened);
  EXPECT_EQ(decide({.incident = incident, .told = before}, {}, kNow).not_before, kNow + 9min);
  EXPECT_FALSE(decide({.incident = incident, .told = before, .can_edit = true}, {}, kNow).not_before);
}

TEST(Rules, RemindWhileItIsOpenOnly) {
  for (const auto state : {open, awaiting_approval, reopened, diagnosing}) {
    const auto incident = in_state(state);
    const auto before = told(state, 4h);
    EXPECT_EQ(decide({.incident = incident, .told = before, .remind = true}, {}, kNow).change,
              Change::reminder);
    EXPECT_EQ(next_reminder(incident, {}, kNow), kNow + 4h);
    EXPECT_FALSE(next_reminder(incident, {.repeat_after = {}}, kNow)) << "never";
  }
  for (const auto state : {healed, resolved, failed, muted}) {
    const auto incident = in_state(state);
    const auto before = told(state, 4h);
    EXPECT_FALSE(decide({.incident = incident, .told = before, .remind = true}, {}, kNow).change)
        << to_word(state);
    EXPECT_FALSE(next_reminder(incident, {}, kNow)) << to_word(state);
  }
}

TEST(Rules, RetriesSpreadFromASecondToAnHour) {
  EXPECT_EQ(retry_delay(1, {}, 0), 1s);
  EXPECT_EQ(retry_delay(1, {}, 1), 500ms);
  EXPECT_EQ(retry_delay(4, {}, 0), 8s);
  EXPECT_EQ(retry_delay(13, {}, 0), 1h);
  EXPECT_EQ(retry_delay(1'000'000, {}, 0), 1h);
  EXPECT_EQ(retry_delay(1, 30s, 0.5), 30s) << "what the receiver asked for";
}

TEST(Rules, MutesEnd) {
  const Mute hour{.at = kNow, .ends_at = kNow + 1h, .events_last_hour = 1'000'000};
  EXPECT_FALSE(end_of(hour, kNow + 59min));
  EXPECT_TRUE(end_of(hour, kNow + 1h));
  Mute rate{.at = kNow, .ends_at = kNow + 24h, .events_an_hour = 100, .events_last_hour = 100};
  EXPECT_FALSE(end_of(rate, kNow));
  rate.events_last_hour = 101;
  EXPECT_EQ(end_of(rate, kNow), "the mute ended: 101 events in an hour, more than 100");
}

}  // namespace
}  // namespace selfheal::notify
