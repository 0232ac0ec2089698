#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/internal/views.h"
#include "base/limits.h"
#include "healing/evidence/error_event.h"

namespace selfheal::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Time kNow = *parse_time("2026-11-25T14:00:10.000Z");

BlockingSample sample(Time at, int waiters) {
  BlockingSample sample{.at = at, .edges = {}};
  for (int i = 0; i < waiters; ++i)
    sample.edges.push_back({.waiter = {.pid = 100 + i}, .blocker = {.pid = 1}, .lock_type = "relation"});
  return sample;
}

std::vector<std::int64_t> sessions(const contract::IncidentHistory& history) {
  std::vector<std::int64_t> counts;
  for (const auto& count : history.waiting) counts.push_back(count.sessions);
  return counts;
}

TEST(IncidentHistory, CountsWhoWaitedSecondBySecondAndThatNobodyDid) {
  const Recording recording{
      .samples = {sample(kNow - 3s, 0), sample(kNow - 2900ms, 2), sample(kNow - 2s, 4), sample(kNow, 0)}};
  const Evidence evidence{{healing::waiting_item(recording, kNow)}};
  const auto history = history_of(evidence, {}, nullptr, kNow);
  EXPECT_THAT(sessions(history), ElementsAre(2, 4, 0)) << "the second without a look is absent";
  EXPECT_EQ(history.waiting.front().at, kNow - 3s);
}

TEST(IncidentHistory, GoesOnWithTheLiveMinute) {
  const Evidence evidence{{healing::waiting_item({.samples = {sample(kNow - 90s, 3)}}, kNow)}};
  const Recording live{.samples = {sample(kNow - 1s, 1)}};
  const auto history = history_of(evidence, {}, &live, kNow);
  EXPECT_THAT(sessions(history), ElementsAre(3, 1));
  ASSERT_EQ(history.moments.size(), 1u);
  EXPECT_EQ(history.moments.front().blocking.edges.size(), 1u);
}

TEST(IncidentHistory, PassesOverEvidenceThatDoesNotRead) {
  EvidenceItem broken{.probe = "waiting_sessions", .columns = {"at", "waiting"}};
  broken.rows = {{std::nullopt, "3"}, {"2026-11-25 14:00:10+00", "many"}};
  EXPECT_THAT(history_of({{broken}}, {}, nullptr, kNow).waiting, IsEmpty());
}

TEST(IncidentHistory, ShowsOccurrencesOldestFirst) {
  const std::vector<Occurrence> newest_first{{.first_seen = kNow, .count = 2},
                                             {.first_seen = kNow - 1s, .count = 5}};
  const auto history = history_of({}, newest_first, nullptr, kNow);
  ASSERT_EQ(history.occurrences.size(), 2u);
  EXPECT_EQ(history.occurrences.front().count, 5);
}

// A minute of four sessions that wait has more edges than an item may have rows, and says the same
// throughout.
TEST(RecordingItem, KeepsTheWholeMinuteByDroppingRepetition) {
  Recording recording;
  for (int i = 0; i < 400; ++i)
    recording.samples.push_back(sample(kNow - 60s + i * Duration(150ms), i < 200 ? 3 : 4));
  const auto item = healing::recording_item(recording, kNow);
  EXPECT_LE(item.rows.size(), kProbeRows);
  EXPECT_EQ(item.rows.front().front(), to_timestamptz(kNow - 60s));
  EXPECT_EQ(item.rows.back().front(), to_timestamptz(recording.samples.back().at));
  const auto history = history_of({{item}}, {}, nullptr, kNow);
  ASSERT_EQ(history.moments.size(), 2u);
  EXPECT_EQ(history.moments[1].at, recording.samples[200].at) << "the change keeps its moment";
}

}  // namespace
}  // namespace selfheal::api
