#include "watch/flight_recorder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "healing/evidence/blocking.h"

namespace selfheal::watch {
namespace {

const std::vector<std::string> kColumns{
    "at",           "pid",          "blockers",       "backend_start",    "xact_start",    "state_change",
    "state",        "backend_type", "user_name",      "application",      "database",      "client_address",
    "query",        "lock_type",    "lock_mode",      "lock_object",      "waiting_since", "relation",
    "prepared_gid", "prepared_at",  "prepared_owner", "prepared_database"};

struct Row {
  int pid = 0;
  std::string blockers;  // empty: NULL
  std::string object;
  std::string mode = "ExclusiveLock";
};

std::vector<pg::Param> cells(const Row& row) {
  std::vector<pg::Param> cells(kColumns.size());
  const auto put = [&](std::string_view column, std::string value) {
    cells[static_cast<std::size_t>(std::ranges::find(kColumns, column) - kColumns.begin())] =
        std::move(value);
  };
  put("at", "2026-11-25 03:40:29.12+00");
  put("pid", std::to_string(row.pid));
  put("backend_start", "2026-11-25 03:00:00+00");
  put("state", row.blockers.empty() ? "idle in transaction" : "active");
  if (row.blockers.empty()) return cells;
  put("blockers", row.blockers);
  put("lock_object", row.object);
  put("lock_mode", row.mode);
  put("waiting_since", "2026-11-25 03:40:20+00");
  put("prepared_gid", "orphan-1");
  put("prepared_at", "2026-11-25 02:00:00+00");
  return cells;
}

pg::Rows answer(const std::vector<Row>& rows) {
  pg::Rows answer{.columns = kColumns};
  for (const auto& row : rows) answer.rows.push_back(cells(row));
  return answer;
}

std::vector<std::pair<int, int>> edges_of(const BlockingSample& sample) {
  std::vector<std::pair<int, int>> edges;
  for (const auto& edge : sample.edges) edges.emplace_back(edge.waiter.pid, edge.blocker.pid);
  return edges;
}

using Edges = std::vector<std::pair<int, int>>;

TEST(Waits, AQueueForOneRowLeadsToItsFirstAndFromThereToTheRoot) {
  const auto sample = read_waits(answer({{.pid = 1},
                                         {2, "{1}", "xid 7", "ShareLock"},
                                         {3, "{2}", "tuple 1"},
                                         {4, "{2,3}", "tuple 1"},
                                         {5, "{2,3,4}", "tuple 1"}}));
  ASSERT_TRUE(sample);
  EXPECT_EQ(edges_of(*sample), (Edges{{2, 1}, {3, 2}, {4, 2}, {5, 2}}));
  const auto roots = healing::roots(*sample);
  ASSERT_EQ(roots.size(), 1u);
  EXPECT_EQ(roots[0].session.pid, 1);
  EXPECT_EQ(roots[0].victims.size(), 4u);
}

TEST(Waits, AnotherModeInTheQueueIsABlockerOfItsOwn) {
  // A reader queues behind a schema change that waits for a long reader: only the schema change blocks it.
  const auto sample = read_waits(answer({{.pid = 1},
                                         {2, "{1}", "relation 9", "AccessExclusiveLock"},
                                         {3, "{2}", "relation 9", "AccessShareLock"},
                                         {4, "{2}", "relation 9", "AccessShareLock"}}));
  ASSERT_TRUE(sample);
  EXPECT_EQ(edges_of(*sample), (Edges{{2, 1}, {3, 2}, {4, 2}}));
}

TEST(Waits, WhoseOnlyBlockersStandInTheQueueKeepsThem) {
  // Both wait for each other: a deadlock that the server has not yet seen.
  const auto sample = read_waits(answer({{1, "{2}", "tuple 1"}, {2, "{1}", "tuple 1"}}));
  ASSERT_TRUE(sample);
  EXPECT_EQ(edges_of(*sample), (Edges{{1, 2}, {2, 1}}));
}

TEST(Waits, APreparedTransactionIsProcessZeroWithItsName) {
  const auto sample = read_waits(answer({{.pid = 0}, {2, "{0}", "xid 7", "ShareLock"}}));
  ASSERT_TRUE(sample);
  ASSERT_EQ(edges_of(*sample), (Edges{{2, 0}}));
  EXPECT_EQ(sample->edges[0].blocker.state, "prepared");
  EXPECT_EQ(sample->edges[0].blocker.application, "orphan-1");
}

TEST(Waits, ABlockerThatIsGoneMeanwhileIsNamedByItsNumberAlone) {
  const auto sample = read_waits(answer({{2, "{1}", "xid 7", "ShareLock"}}));
  ASSERT_TRUE(sample);
  EXPECT_EQ(edges_of(*sample), (Edges{{2, 1}}));
  EXPECT_EQ(sample->edges[0].blocker.backend_start, Time{});
}

TEST(Waits, NobodyIsAnAnswerAndNothingIsNot) {
  auto nobody = answer({{}});
  nobody.rows[0].assign(kColumns.size(), std::nullopt);
  nobody.rows[0][0] = "2026-11-25 03:40:29.12+00";
  const auto sample = read_waits(nobody);
  ASSERT_TRUE(sample);
  EXPECT_TRUE(sample->edges.empty());
  EXPECT_NE(sample->at, Time{});

  EXPECT_FALSE(read_waits(answer({})));
  auto without_pid = answer({{.pid = 1}});
  without_pid.columns[1] = "other";
  EXPECT_FALSE(read_waits(without_pid));
  EXPECT_FALSE(read_waits(answer({{2, "{x}", "xid 7"}})));
}

TEST(Waits, KeepNoMoreEdgesThanTheirLimit) {
  std::vector<Row> rows{{.pid = 1}, {.pid = 2}, {.pid = 3}};
  for (int pid = 10; pid < 10 + static_cast<int>(kRecorderEdges); ++pid)
    rows.push_back({pid, "{1,2,3}", "object " + std::to_string(pid)});
  const auto sample = read_waits(answer(rows));
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->edges.size(), kRecorderEdges);
}

constexpr Deadline::Moment kStart{1000s};

BlockingSample sample_with(std::size_t edges) {
  return {.at = Time{}, .edges = std::vector<BlockingEdge>(edges)};
}

TEST(FlightRecorder, KeepsTheLastMinute) {
  FlightRecorder recorder;
  for (int i = 0; i <= 1000; ++i) recorder.add(sample_with(1), kStart + i * 200ms);
  const auto recording = recorder.recording(kStart + 200s);
  EXPECT_EQ(recording.samples.size(), 301u);
  EXPECT_EQ(recorder.edges(), 301u);
  EXPECT_EQ(recording.gap, 200ms);
  EXPECT_TRUE(recording.complete);
}

TEST(FlightRecorder, IsIncompleteUntilItHasRunForTheSpan) {
  FlightRecorder recorder;
  EXPECT_FALSE(recorder.recording(kStart).complete);
  EXPECT_EQ(recorder.recording(kStart).gap, kRecorderSpan);
  for (int i = 0; i < 100; ++i) recorder.add(sample_with(0), kStart + i * 200ms);
  EXPECT_FALSE(recorder.recording(kStart + 20s).complete);
}

TEST(FlightRecorder, AnInterruptionIsAGapForAMinute) {
  FlightRecorder recorder;
  Deadline::Moment now = kStart;
  for (int i = 0; i < 400; ++i) recorder.add(sample_with(0), now += 200ms);
  recorder.interrupt();
  EXPECT_FALSE(recorder.recording(now).complete);
  now += 5s;
  for (int i = 0; i < 10; ++i) recorder.add(sample_with(0), now += 200ms);
  EXPECT_FALSE(recorder.recording(now).complete);
  EXPECT_EQ(recorder.recording(now).gap, 5200ms);
  for (int i = 0; i < 300; ++i) recorder.add(sample_with(0), now += 200ms);
  EXPECT_TRUE(recorder.recording(now).complete);
}

TEST(FlightRecorder, SilenceUntilNowIsAGap) {
  FlightRecorder recorder;
  for (int i = 0; i < 400; ++i) recorder.add(sample_with(0), kStart + i * 200ms);
  EXPECT_EQ(recorder.recording(kStart + 399 * 200ms + 3s).gap, 3s);
}

TEST(FlightRecorder, AStormPushesOutTheOldestAndSaysSo) {
  FlightRecorder recorder;
  Deadline::Moment now = kStart;
  for (int i = 0; i < 400; ++i) recorder.add(sample_with(0), now += 200ms);
  EXPECT_TRUE(recorder.recording(now).complete);
  for (int i = 0; i < 20; ++i) recorder.add(sample_with(kRecorderEdges), now += 200ms);
  EXPECT_LE(recorder.edges(), kRecordedEdges);
  EXPECT_EQ(recorder.recording(now).samples.size(), kRecordedEdges / kRecorderEdges);
  EXPECT_FALSE(recorder.recording(now).complete);
}

}  // namespace
}  // namespace selfheal::watch
