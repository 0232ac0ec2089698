#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "api/internal/views.h"
#include "base/clock.h"

namespace selfheal::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kVictim = 100;
constexpr int kMiddle = 150;
constexpr int kRoot = 200;

struct Wait {
  int waiter;
  int blocker;
};

const Time kFailed = *parse_time("2026-11-25T14:00:10.000Z");

EvidenceItem event(int pid, const std::string& sqlstate) {
  return {.id = "E1",
          .probe = "error_event",
          .status = ProbeStatus::answered,
          .columns = {"sqlstate", "pid", "last_seen"},
          .rows = {{sqlstate, std::to_string(pid), to_timestamptz(kFailed)}}};
}

EvidenceItem live(const std::vector<Wait>& waits) {
  EvidenceItem item{.id = "live",
                    .probe = "blocking_chain",
                    .status = ProbeStatus::answered,
                    .columns = {"waiter_pid", "blocker_pid"}};
  for (const auto& [waiter, blocker] : waits)
    item.rows.push_back({std::to_string(waiter), std::to_string(blocker)});
  return item;
}

// The waits at so long before (or, negative, after) the failure.
using Samples = std::vector<std::pair<Duration, std::vector<Wait>>>;

EvidenceItem recorded(const Samples& samples) {
  EvidenceItem item{.id = "recorded",
                    .probe = "flight_recorder",
                    .status = ProbeStatus::answered,
                    .columns = {"at", "waiter_pid", "blocker_pid"}};
  for (const auto& [before, waits] : samples)
    for (const auto& [waiter, blocker] : waits)
      item.rows.push_back(
          {to_timestamptz(kFailed - before), std::to_string(waiter), std::to_string(blocker)});
  return item;
}

std::vector<int> pids(const std::optional<contract::Blocking>& graph, bool roots_only) {
  std::set<int> found;
  if (graph)
    for (const auto& node : graph->nodes)
      if (node.root || !roots_only) found.insert(node.pid);
  return {found.begin(), found.end()};
}
std::vector<int> roots(const std::optional<contract::Blocking>& graph) { return pids(graph, true); }
std::vector<int> all(const std::optional<contract::Blocking>& graph) { return pids(graph, false); }

// What was seen: two lock timeouts at once, and each incident showed the other's blocker as a root, too.
TEST(BlockingView, OfAFailedStatementShowsItsOwnWaitOnly) {
  const Evidence evidence{
      {event(kVictim, "55P03"),
       recorded({{250ms, {{kVictim, 999}, {7, 8}}}, {100ms, {{kVictim, kRoot}, {7, 8}}}, {-50ms, {{7, 8}}}}),
       live({{7, 8}})}};
  const auto graph = blocking_in(evidence);
  EXPECT_THAT(roots(graph), ElementsAre(kRoot));
  EXPECT_THAT(all(graph), ElementsAre(kVictim, kRoot));
  EXPECT_EQ(graph->evidence_id, "recorded");
  EXPECT_EQ(graph->subject, kVictim);
}

TEST(BlockingView, HoldsTheChainAndAllWhoWaitForItsRoot) {
  const Evidence evidence{
      {event(kVictim, "55P03"),
       recorded({{100ms, {{7, 8}, {kVictim, kMiddle}, {kMiddle, kRoot}, {160, kRoot}, {160, 8}}}}),
       live({})}};
  EXPECT_THAT(roots(blocking_in(evidence)), ElementsAre(kRoot));
  EXPECT_THAT(all(blocking_in(evidence)), ElementsAre(kVictim, kMiddle, 160, kRoot));
}

TEST(BlockingView, DoesNotTakeAnotherWaitOfTheSessionForThisOne) {
  for (const Duration before : {Duration(40s), Duration(-20ms)}) {
    const Evidence evidence{
        {event(kVictim, "55P03"), recorded({{before, {{kVictim, kRoot}}}}), live({{kVictim, kRoot}})}};
    EXPECT_THAT(all(blocking_in(evidence)), IsEmpty()) << to_seconds(before);
  }
  const Evidence as_blocker{{event(kVictim, "55P03"), recorded({{100ms, {{7, kVictim}}}})}};
  EXPECT_THAT(all(blocking_in(as_blocker)), IsEmpty());
}

TEST(BlockingView, OfATroubleShowsWhoWaitsForItsSession) {
  Evidence evidence{{event(kRoot, ""), recorded({{100ms, {{kVictim, kRoot}, {7, 8}}}, {0ms, {{7, 8}}}}),
                     live({{160, kRoot}, {7, 8}})}};
  EXPECT_THAT(all(blocking_in(evidence)), ElementsAre(160, kRoot));
  evidence.items.back() = live({{7, 8}});
  EXPECT_THAT(all(blocking_in(evidence)), ElementsAre(kVictim, kRoot));
}

TEST(BlockingView, PrefersTheLastRoundThatShowsTheWait) {
  Evidence evidence{{event(kVictim, "55P03"), recorded({{100ms, {{kVictim, kRoot}}}}),
                     event(kVictim, "55P03"), recorded({{100ms, {{kVictim, 300}}}})}};
  EXPECT_THAT(roots(blocking_in(evidence)), ElementsAre(300));
  evidence.items.back().status = ProbeStatus::failed;
  EXPECT_THAT(roots(blocking_in(evidence)), ElementsAre(kRoot));
}

TEST(BlockingView, ShowsEverybodyWhereNoSessionIsKnown) {
  const Evidence evidence{{event(0, "55P03"), live({{kVictim, kRoot}, {7, 8}})}};
  EXPECT_THAT(roots(blocking_in(evidence)), ElementsAre(8, kRoot));
  EXPECT_THAT(all(blocking_in(Evidence{})), IsEmpty());
}

// What a person sees who drags the slider: each change once, and a gap where nobody looked.
TEST(BlockingMoments, JoinsWhatDoesNotChangeAndKeepsGaps) {
  const Evidence evidence{{event(kRoot, ""), recorded({{30s, {{kVictim, kRoot}}},
                                                       {29s, {{kVictim, kRoot}}},
                                                       {28s, {{kVictim, kRoot}, {160, kRoot}, {7, 8}}},
                                                       {10s, {{kVictim, kRoot}, {160, kRoot}}}})}};
  const auto moments = blocking_moments(evidence);
  ASSERT_EQ(moments.size(), 3u);
  EXPECT_EQ(moments[0].at, kFailed - 30s);
  EXPECT_EQ(moments[0].until, kFailed - 29s);
  EXPECT_EQ(moments[1].at, moments[1].until);
  EXPECT_EQ(moments[1].blocking.edges.size(), 2u) << "others' waits are not this trouble's";
  EXPECT_EQ(moments[2].at, kFailed - 10s);
}

TEST(BlockingMoments, TakesEachMomentOnceFromAllRounds) {
  const auto first = recorded({{5s, {{kVictim, kRoot}}}});
  const Evidence evidence{{event(kRoot, ""), first, event(kRoot, ""), first, recorded({{1s, {{7, kRoot}}}})}};
  const auto moments = blocking_moments(evidence);
  ASSERT_EQ(moments.size(), 2u);
  EXPECT_EQ(moments.front().at, kFailed - 5s);
  EXPECT_THAT(blocking_moments({{event(kRoot, ""), recorded({{1s, {{7, 8}}}})}}), IsEmpty());
}

TEST(BlockingMoments, HasALimitThatDropsTheOldest) {
  Samples samples;
  for (int i = 0; i < 30; ++i) {
    std::vector<Wait> waits;
    for (int waiter = 0; waiter < 200; ++waiter) waits.push_back({1000 + i * 200 + waiter, kRoot});
    samples.emplace_back(Duration(30s) - i * Duration(1s), waits);
  }
  const auto moments = blocking_moments({{event(kRoot, ""), recorded(samples)}});
  EXPECT_EQ(moments.size(), kHistoryEdges / 200);
  EXPECT_EQ(moments.back().at, kFailed - 1s);
}

}  // namespace
}  // namespace selfheal::api
