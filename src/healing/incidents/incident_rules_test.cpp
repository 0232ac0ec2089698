#include "healing/incidents/incident_rules.h"

#include <gtest/gtest.h>

namespace selfheal::healing {
namespace {

const Time kNow = parse_time("2026-03-01T12:00:00Z").value();

Sighting seen(Time first, Time last) {
  Sighting sighting;
  sighting.exemplar.server = ServerId("orders");
  sighting.exemplar.database = "shop";
  sighting.exemplar.sqlstate = "23505";
  sighting.error_class.category = Category::duplicate_data;
  sighting.name = {"v1|23505|constraint=orders_pkey", "00112233445566aa"};
  sighting.first_seen = first;
  sighting.last_seen = last;
  return sighting;
}
Sighting seen_now() { return seen(kNow, kNow); }

Incident in_state(IncidentState state, std::optional<Time> closed_at = {}) {
  Incident incident;
  incident.state = state;
  incident.closed_at = closed_at;
  incident.last_seen = kNow - 30h;
  return incident;
}

TEST(IncidentRules, FileBySituation) {
  const struct {
    const char* name;
    std::optional<Incident> latest;
    Filing filing;
  } cases[] = {
      {"nothing known", std::nullopt, Filing::first},
      {"open", in_state(IncidentState::open), Filing::recurring},
      {"diagnosing", in_state(IncidentState::diagnosing), Filing::recurring},
      {"awaiting approval", in_state(IncidentState::awaiting_approval), Filing::recurring},
      {"applying", in_state(IncidentState::applying), Filing::recurring},
      {"verifying", in_state(IncidentState::verifying), Filing::recurring},
      {"reopened", in_state(IncidentState::reopened), Filing::recurring},
      {"refused", in_state(IncidentState::refused), Filing::recurring},
      {"muted", in_state(IncidentState::muted), Filing::silent},
      {"healed an hour ago", in_state(IncidentState::healed, kNow - 1h), Filing::reopened},
      {"failed an hour ago", in_state(IncidentState::failed, kNow - 1h), Filing::reopened},
      {"resolved an hour ago", in_state(IncidentState::resolved, kNow - 1h), Filing::reopened},
      {"healed exactly a day ago", in_state(IncidentState::healed, kNow - 24h), Filing::reopened},
      {"healed longer ago", in_state(IncidentState::healed, kNow - 24h - Duration(1)), Filing::first},
      {"closed after the event", in_state(IncidentState::resolved, kNow + 1s), Filing::silent},
      {"closed as the event happened", in_state(IncidentState::resolved, kNow), Filing::silent},
      {"closed, nobody knows when", in_state(IncidentState::healed), Filing::first},
  };
  for (const auto& row : cases)
    EXPECT_EQ(filing_of(seen_now(), row.latest ? &*row.latest : nullptr, kNow), row.filing) << row.name;
}

TEST(IncidentRules, CategoryNoneIsNoIncidentEvenIfOneIsKnown) {
  auto sighting = seen_now();
  sighting.error_class.category = Category::none;
  const auto open = in_state(IncidentState::open);
  EXPECT_EQ(filing_of(sighting, nullptr, kNow), Filing::not_an_incident);
  EXPECT_EQ(filing_of(sighting, &open, kNow), Filing::not_an_incident);
}

TEST(IncidentRules, AnEventFromTheFutureDoesNotOpenAClosedDay) {
  // Stamped two days ahead, an hour after closing by our clock.
  const auto healed = in_state(IncidentState::healed, kNow - 1h);
  EXPECT_EQ(filing_of(seen(kNow + 48h, kNow + 48h), &healed, kNow), Filing::reopened);
}

TEST(IncidentRules, OpenedTakesTheSightingsFacts) {
  const auto incident = opened(seen(kNow - 5s, kNow + 1h), 7, kNow);
  EXPECT_EQ(incident.state, IncidentState::open);
  EXPECT_EQ(incident.rev, 1);
  EXPECT_EQ(incident.server, ServerId("orders"));
  EXPECT_EQ(incident.database, "shop");
  EXPECT_EQ(incident.sqlstate, "23505");
  EXPECT_EQ(incident.name.fingerprint, "00112233445566aa");
  EXPECT_EQ(incident.events, 7);
  EXPECT_EQ(incident.first_seen, kNow - 5s);
  EXPECT_EQ(incident.last_seen, kNow) << "a stamp ahead of now counts as now";
  EXPECT_TRUE(incident.redacted_message.empty()) << "only the redactor's text goes there";
}

TEST(IncidentRules, CountedWidensTheSpanAndAddsNewEventsOnly) {
  auto incident = opened(seen(kNow - 10s, kNow - 5s), 2, kNow);
  incident = counted(incident, seen(kNow - 60s, kNow - 8s), 3, Filing::recurring, kNow);
  EXPECT_EQ(incident.events, 5);
  EXPECT_EQ(incident.rev, 2);
  EXPECT_EQ(incident.first_seen, kNow - 60s);
  EXPECT_EQ(incident.last_seen, kNow - 5s);
  EXPECT_EQ(incident.state, IncidentState::open);
}

TEST(IncidentRules, ReopeningForgetsThePlanAndTheVerdictButNotTheNumber) {
  auto incident = in_state(IncidentState::healed, kNow - 1h);
  incident.number = IncidentNumber(142);
  incident.relieved_at = kNow - 2h;
  incident.plan.emplace();
  incident.verdict = Verdict{VerdictWord::cured, "gone"};
  const auto again = counted(incident, seen_now(), 1, Filing::reopened, kNow);
  EXPECT_EQ(again.number, IncidentNumber(142));
  EXPECT_EQ(again.state, IncidentState::reopened);
  EXPECT_FALSE(again.closed_at || again.relieved_at || again.plan || again.verdict);
  const auto silent = counted(incident, seen_now(), 1, Filing::silent, kNow);
  EXPECT_EQ(silent.state, IncidentState::healed);
  EXPECT_TRUE(silent.closed_at && silent.verdict);
}

TEST(IncidentRules, NewsIsOnlyWhatPeopleWantToHear) {
  EXPECT_EQ(news_of(Filing::first), News::first);
  EXPECT_EQ(news_of(Filing::recurring), News::recurring);
  EXPECT_EQ(news_of(Filing::reopened), News::reopened);
  EXPECT_EQ(news_of(Filing::silent), std::nullopt);
  EXPECT_EQ(news_of(Filing::not_an_incident), std::nullopt);
}

TEST(IncidentRules, TwoIntakesMaySeeOneError) {
  ErrorEvent log;
  log.server = ServerId("orders");
  log.intake = Intake::log;
  log.pid = 4121;
  log.sqlstate = "23505";
  log.key.at = kNow;
  ErrorEvent wire = log;
  wire.intake = Intake::wire;
  wire.key.at = kNow + 2s;
  EXPECT_TRUE(same_occurrence(log, wire));
  EXPECT_TRUE(same_occurrence(wire, log));

  const auto differs = [&](auto change) {
    auto other = wire;
    change(other);
    return !same_occurrence(log, other);
  };
  EXPECT_TRUE(differs([](ErrorEvent& e) { e.intake = Intake::log; }))
      << "keys tell events of one intake apart";
  EXPECT_TRUE(differs([](ErrorEvent& e) { e.server = ServerId("billing"); }));
  EXPECT_TRUE(differs([](ErrorEvent& e) { e.pid = 4122; }));
  EXPECT_TRUE(differs([](ErrorEvent& e) { e.sqlstate = "40P01"; }));
  EXPECT_TRUE(differs([](ErrorEvent& e) { e.key.at += Duration(1); }));

  log.pid = wire.pid = 0;
  EXPECT_FALSE(same_occurrence(log, wire)) << "unknown backends are not the same backend";
  log.pid = wire.pid = 4121;
  log.sqlstate = wire.sqlstate = "";
  EXPECT_FALSE(same_occurrence(log, wire));
}

}  // namespace
}  // namespace selfheal::healing
