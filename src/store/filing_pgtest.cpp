#include <fmt/format.h>
#include <gmock/gmock.h>

#include "store/internal/filing.h"
#include "support/test_store.h"

namespace selfheal::store {
namespace {

using test::StoreTest;

class FilingTest : public StoreTest {
 protected:
  // Puts the incident into a state, as healing does.
  Incident put(Store& store, Incident incident, IncidentState state) {
    incident.state = state;
    return got(store.incidents().update(std::move(incident), {}, soon()));
  }
};

TEST_F(FilingTest, TheFirstSightingOpensAnIncidentWithRedactedTextsOnly) {
  auto& store = open();
  const auto filed = file(store, {seen("aa", 1, 3)});
  ASSERT_EQ(filed.size(), 1u);
  EXPECT_EQ(filed[0].news, News::first);
  const auto& incident = filed[0].incident;
  EXPECT_EQ(to_text(incident.number), "SH-1");
  EXPECT_EQ(incident.events, 3);
  EXPECT_EQ(incident.server, ServerId("orders"));
  EXPECT_EQ(incident.redacted_message, "duplicate key value violates unique constraint \"orders_pkey\"");
  EXPECT_EQ(filed[0].sighting.exemplar.detail, "Key (id)=(4711) already exists.")
      << "healing gets the raw event back";

  const auto found = got(store.incidents().find(incident.number, soon()));
  EXPECT_EQ(found.name.fingerprint, "aa");
  EXPECT_EQ(found.first_seen, clock_.wall - 1s);
  EXPECT_EQ(found.last_seen, clock_.wall - 1s + 2ms);
  EXPECT_EQ(found.error_class.condition, "unique_violation");
  EXPECT_EQ(found.rev, incident.rev);
  const auto detail = got(store.reader().incident(incident.number, soon()));
  ASSERT_EQ(detail.timeline.size(), 1u);
  EXPECT_EQ(detail.timeline[0].what, "filed");
}

TEST_F(FilingTest, NoValueOfTheApplicationStandsOutsideOfEvidence) {
  auto& store = open();
  auto sighting = seen("aa");
  sighting.exemplar.context = "COPY orders, line 1, column id: \"4711\"";
  sighting.exemplar.hint = "Try 4711.";
  sighting.exemplar.internal_query = "SELECT 4711";
  file(store, {sighting});
  for (const auto* table : {"incident", "incident_timeline", "sighting", "audit", "event_key", "treatment"})
    EXPECT_EQ(
        look(fmt::format("SELECT count(*) FROM selfheal.{} t WHERE t::text ~ '4711|secret value'", table)),
        "0")
        << table;
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.sighting"), "1");
}

TEST_F(FilingTest, TheSameEventsCountOnce) {
  auto& store = open();
  file(store, {seen("aa", 1, 3)});
  EXPECT_THAT(file(store, {seen("aa", 1, 3)}), testing::IsEmpty()) << "no new event, no news";
  const auto overlapping = file(store, {seen("aa", 3, 2)});
  ASSERT_EQ(overlapping.size(), 1u);
  EXPECT_EQ(overlapping[0].news, News::recurring);
  // Line 3 was written a moment later this time, so it is another event; line 4 is new in any case.
  EXPECT_EQ(overlapping[0].incident.events, 5);
  auto twice = seen("aa", 50, 1);
  twice.keys.push_back(twice.keys.front());
  EXPECT_EQ(file(store, {twice})[0].incident.events, 6) << "the same key twice in one batch";
}

TEST_F(FilingTest, CategoryNoneIsStoredAsASightingOnly) {
  auto& store = open();
  auto sighting = seen("aa");
  sighting.error_class.category = Category::none;
  EXPECT_THAT(file(store, {sighting}), testing::IsEmpty());
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.incident"), "0");
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.sighting WHERE incident IS NULL"), "1");
}

TEST_F(FilingTest, KeysOfIncidentsAreServerDatabaseAndFingerprint) {
  auto& store = open();
  auto elsewhere = seen("aa", 3);
  elsewhere.exemplar.database = "stock";
  const auto filed = file(store, {seen("aa", 1), seen("bb", 2), elsewhere});
  EXPECT_EQ(filed.size(), 3u);
  EXPECT_EQ(file(store, {seen("aa", 4)}, "billing")[0].incident.number, IncidentNumber(4));
  EXPECT_EQ(file(store, {seen("aa", 5)})[0].incident.number, filed[0].incident.number);
}

TEST_F(FilingTest, AClosedIncidentReopensWithinADayAndNotLater) {
  auto& store = open();
  auto incident = put(store, an_incident(store, "aa"), IncidentState::healed);
  clock_.wall += 23h;
  const auto again = file(store, {seen("aa", 10)});
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].news, News::reopened);
  EXPECT_EQ(again[0].incident.number, incident.number);
  EXPECT_EQ(again[0].incident.state, IncidentState::reopened);
  EXPECT_FALSE(again[0].incident.closed_at);

  put(store, again[0].incident, IncidentState::resolved);
  clock_.wall += 25h;
  const auto later = file(store, {seen("aa", 20)});
  ASSERT_EQ(later.size(), 1u);
  EXPECT_EQ(later[0].news, News::first);
  EXPECT_NE(later[0].incident.number, incident.number);
}

TEST_F(FilingTest, WhatHappenedBeforeTheClosingIsCountedSilently) {
  auto& store = open();
  const auto late = seen("aa", 500);
  const auto open_incident = an_incident(store, "aa");
  clock_.wall += 10min;
  put(store, open_incident, IncidentState::healed);
  EXPECT_THAT(file(store, {late}), testing::IsEmpty());
  const auto found = got(store.incidents().find(open_incident.number, soon()));
  EXPECT_EQ(found.state, IncidentState::healed);
  EXPECT_EQ(found.events, 2);
}

TEST_F(FilingTest, MutedIncidentsCountSilently) {
  auto& store = open();
  const auto incident = put(store, an_incident(store, "aa"), IncidentState::muted);
  EXPECT_THAT(file(store, {seen("aa", 10, 2)}), testing::IsEmpty());
  EXPECT_EQ(got(store.incidents().find(incident.number, soon())).events, 3);
}

TEST_F(FilingTest, TwoIntakesThatSawOneErrorCountItOnce) {
  auto& store = open();
  file(store, {seen("aa", 1)});
  auto wire = seen("aa", 0);
  wire.exemplar.intake = Intake::wire;
  wire.keys[0] = {.at = wire.keys[0].at + 1900ms, .session_id = "proxy-1", .line_number = 9};
  EXPECT_THAT(file(store, {wire}), testing::IsEmpty());
  wire.keys[0].at += 200ms;
  EXPECT_EQ(file(store, {wire})[0].incident.events, 2) << "more than two seconds apart";
  wire.keys[0].at -= 200ms;
  wire.exemplar.sqlstate = "23503";
  wire.keys[0].session_id = "proxy-2";
  EXPECT_EQ(file(store, {wire}).size(), 1u) << "another SQLSTATE";
  wire.exemplar.sqlstate = "23505";
  wire.exemplar.pid = 99;
  wire.keys[0].session_id = "proxy-3";
  EXPECT_EQ(file(store, {wire}).size(), 1u) << "another backend";
}

TEST_F(FilingTest, TheCheckpointIsStoredWithItsBatch) {
  auto& store = open();
  EXPECT_EQ(got(store.intake().checkpoint(ServerId("orders"), soon())), std::nullopt);
  tail::Batch batch{.server = ServerId("orders"), .sightings = {seen("aa")}};
  batch.checkpoint = {.device = 18'446'744'073'709'551'615u,
                      .inode = 7,
                      .head_hash = "ab",
                      .head_bytes = 1024,
                      .offset = 4096,
                      .file_name = "postgresql.json",
                      .file_time = clock_.wall};
  EXPECT_EQ(got(store.intake().file(batch, soon())).size(), 1u);
  batch.sightings.clear();
  batch.checkpoint.offset = 8192;
  EXPECT_EQ(got(store.intake().file(batch, soon())).size(), 0u);
  const auto checkpoint = got(store.intake().checkpoint(ServerId("orders"), soon()));
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->device, batch.checkpoint.device);
  EXPECT_EQ(checkpoint->offset, 8192u);
  EXPECT_EQ(checkpoint->file_time, clock_.wall);
  EXPECT_EQ(got(store.intake().checkpoint(ServerId("billing"), soon())), std::nullopt);
}

TEST_F(FilingTest, HostileTextIsStoredAndNothingElseHappens) {
  auto& store = open();
  const std::string name = "x'; DROP TABLE selfheal.incident; -- \\ \" $1 %s {}";
  auto sighting = seen("aa");
  sighting.exemplar.database = name;
  sighting.exemplar.message = std::string("\xff\xfe\0broken", 9);
  sighting.name = {.family = std::string("v1|\0|", 5) + std::string(5000, 'y'),
                   .fingerprint = std::string(4000, 'z')};
  sighting.keys = {{.at = Time::max(), .session_id = std::string(4000, '\xfe'), .line_number = -1},
                   {.at = Time::min(), .session_id = "'; --", .line_number = 0}};
  sighting.first_seen = Time::min();
  sighting.last_seen = Time::max();
  const auto filed = file(store, {sighting}, name);
  ASSERT_EQ(filed.size(), 1u);
  const auto found = got(store.incidents().find(filed[0].incident.number, soon()));
  EXPECT_EQ(found.database, name);
  EXPECT_EQ(found.server, ServerId(name));
  EXPECT_EQ(found.events, 2);
  EXPECT_LE(found.last_seen, clock_.wall);
  EXPECT_THAT(file(store, {sighting}, name), testing::IsEmpty()) << "cut alike the second time";
}

TEST_F(FilingTest, TooManyEventsAreRefused) {
  auto& store = open();
  const auto filed = run(store.incidents().file(ServerId("orders"),
                                                {seen("aa", 1, static_cast<int>(kFiledEvents) + 1)}, soon()));
  ASSERT_FALSE(filed);
  EXPECT_EQ(filed.error().code, ErrorCode::invalid_input);
}

TEST_F(FilingTest, ConcurrentFilingLosesAndDoublesNothing) {
  auto& one = open();
  auto& two = open();
  constexpr int kRounds = 20;
  int ended = 0;
  std::vector<News> news;
  for (int round = 0; round < kRounds; ++round)
    for (auto* store : {&one, &two}) {
      // Both file the same three events of two fingerprints, and one of their own.
      const std::int64_t own = store == &one ? 100'000 : 200'000;
      std::vector<Sighting> sightings{seen("aa", round * 10, 2), seen("bb", round * 10 + 5, 1),
                                      seen("aa", own + round)};
      asio::co_spawn(loop_.context(),
                     store->incidents().file(ServerId("orders"), std::move(sightings), soon()),
                     [&](std::exception_ptr thrown, Result<std::vector<Filed>> filed) {
                       ++ended;
                       ASSERT_FALSE(thrown);
                       ASSERT_TRUE(filed) << filed.error().message;
                       for (const auto& item : *filed) news.push_back(item.news);
                     });
    }
  loop_.finish([&] { return ended == 2 * kRounds; });
  EXPECT_EQ(ended, 2 * kRounds);
  EXPECT_EQ(std::ranges::count(news, News::first), 2);
  EXPECT_EQ(look("SELECT string_agg(fingerprint || events, ' ' ORDER BY fingerprint) FROM selfheal.incident"),
            fmt::format("aa{} bb{}", 2 * kRounds + 2 * kRounds, kRounds));
  EXPECT_EQ(look("SELECT sum(count) FROM selfheal.sighting"),
            look("SELECT count(*) FROM selfheal.event_key"));
}

TEST_F(FilingTest, ConcurrentFirstSightingsOfOneTroubleOpenOneIncident) {
  auto& one = open();
  auto& two = open();
  constexpr int kRounds = 20;
  int ended = 0;
  for (int round = 0; round < kRounds; ++round)
    for (auto* store : {&one, &two}) {
      // The events differ, so that nothing but the tenant's lock puts the two in order.
      std::vector<Sighting> sightings{
          seen(fmt::format("f{}", round), store == &one ? 1000 + round : 2000 + round)};
      asio::co_spawn(loop_.context(),
                     store->incidents().file(ServerId("orders"), std::move(sightings), soon()),
                     [&](std::exception_ptr, Result<std::vector<Filed>> filed) {
                       ++ended;
                       EXPECT_TRUE(filed) << filed.error().message;
                     });
    }
  loop_.finish([&] { return ended == 2 * kRounds; });
  EXPECT_EQ(look("SELECT count(*) || ' ' || max(number) || ' ' || sum(events) FROM selfheal.incident"),
            fmt::format("{0} {0} {1}", kRounds, 2 * kRounds));
}

// A storm of one session took minutes to file beside a store without statistics: each event read all the
// others.
TEST_F(FilingTest, AStormOfOneSessionIsFiledAsFastAsAnyOther) {
  auto& store = open();
  constexpr int kBatches = 12;
  // The statistics come a minute later than the first storm.
  look("ALTER TABLE selfheal.event_key_20260301 SET (autovacuum_enabled = off)");
  const auto start = loop_.now();
  for (int i = 0; i < kBatches; ++i) file(store, {seen("aa", 1 + 1000 * i, 1000)});
  // Ten times what it takes on an idle machine, and less than half of what it took.
  EXPECT_LT(loop_.since(start), 6s);
  EXPECT_EQ(look("SELECT sum(events) FROM selfheal.incident"), std::to_string(1000 * kBatches));
}

TEST_F(FilingTest, LateAndFutureEventsGoToTheDefaultPartitionAndMoveWhenTheirDayIsMade) {
  auto& store = open();
  auto old = seen("aa", 1);
  old.keys[0].at = clock_.wall - 20h * 24;
  old.first_seen = old.last_seen = old.keys[0].at;
  auto future = seen("bb", 2);
  future.keys[0].at = clock_.wall + 5h * 24;
  file(store, {old, future, seen("cc", 3)});
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.event_key_default"), "2");
  clock_.wall += 4h * 24;
  done(store.maintain(soon()));
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.event_key_20260306"), "1");
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.event_key_default"), "1");
  EXPECT_THAT(file(store, {old, future}), testing::IsEmpty()) << "their keys are still known";
}

}  // namespace
}  // namespace selfheal::store
