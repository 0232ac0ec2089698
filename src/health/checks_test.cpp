#include "health/checks.h"

#include <gmock/gmock.h>

#include "support/cases.h"

namespace selfheal::health {
namespace {

using test::answered;
using test::kNow;

Looked a_server() { return {.at = kNow, .sees_all_sessions = true, .role = "observer"}; }

Looked with(EvidenceItem item) {
  auto looked = a_server();
  const auto name = item.probe;
  looked.items[name] = std::move(item);
  return looked;
}

TEST(Checks, AreSortedAndExplainThemselves) {
  std::string before;
  for (const auto& row : checks()) {
    EXPECT_LT(before, row.name);
    before = row.name;
    for (const auto* text : {row.title, row.meaning, row.unit, row.rule, row.advice, row.query})
      EXPECT_GT(std::string_view(text).size(), 2u) << row.name;
    EXPECT_NE(row.is_information, row.warn.has_value()) << row.name << ": alarming needs a threshold";
  }
  EXPECT_GE(checks().size(), 17u);
}

TEST(Checks, ThatWereNotRunAreNeverGreen) {
  for (const auto& row : checks()) {
    EXPECT_EQ(judge(row, a_server()).state, CheckState::unknown) << row.name;
    EXPECT_FALSE(judge(row, a_server()).why.empty()) << row.name;
  }
}

TEST(Checks, ThatFailedAreNeverGreen) {
  for (const auto& row : checks()) {
    auto looked = with(test::failed(row.query));
    EXPECT_EQ(judge(row, looked).state, CheckState::unknown) << row.name;
  }
}

TEST(Checks, OfAServerThatIsDownAreUnknownAndSayWhy) {
  auto looked = with(answered("lossy_settings", {"object", "value", "detail"}, {}));
  looked.why = "connection refused";
  const auto result = judge(*check("lossy_settings"), looked);
  EXPECT_EQ(result.state, CheckState::unknown);
  EXPECT_EQ(result.why, "connection refused");
  EXPECT_EQ(result.grant, "") << "no right would help";
}

TEST(Checks, NameTheGrantWhenARightIsMissing) {
  auto item = test::failed("wal_size");
  item.why = "permission denied (42501); the probe needs pg_monitor";
  auto looked = with(std::move(item));
  looked.role = "Odd Role";
  const auto result = judge(*check("wal_size"), looked);
  EXPECT_EQ(result.state, CheckState::unknown);
  EXPECT_EQ(result.grant, "GRANT pg_monitor TO \"Odd Role\";");
}

TEST(Checks, JudgeByTheirThresholds) {
  struct Case {
    const char* value;
    CheckState state;
  };
  for (const auto& [value, state] : {Case{"1.9", CheckState::ok}, Case{"2", CheckState::warn},
                                     Case{"9.9", CheckState::warn}, Case{"10", CheckState::critical}}) {
    const auto looked =
        with(answered("dead_rows", {"object", "value", "detail"}, {{"public.t", value, "d"}}));
    EXPECT_EQ(judge(*check("dead_rows"), looked).state, state) << value;
  }
}

TEST(Checks, AreAsBadAsTheirWorstFindingAndListWhatIsNotWellAlone) {
  const auto looked = with(answered("dead_rows", {"object", "value", "detail"},
                                    {{"a", "1", "d"}, {"b", "12", "d"}, {"c", "3", "d"}}));
  const auto result = judge(*check("dead_rows"), looked);
  EXPECT_EQ(result.state, CheckState::critical);
  EXPECT_EQ(result.value, 12);
  ASSERT_EQ(result.findings.size(), 2u);
  EXPECT_EQ(result.findings[0].object, "b");
  EXPECT_EQ(result.findings[1].object, "c");
}

TEST(Checks, ForInformationNeverAlarm) {
  const auto looked =
      with(answered("duplicate_indexes", {"object", "value", "detail"}, {{"public.i", "9e12", "repeats j"}}));
  const auto result = judge(*check("duplicate_indexes"), looked);
  EXPECT_EQ(result.state, CheckState::ok);
  EXPECT_EQ(result.findings.size(), 1u);
}

TEST(Checks, OfAValueThatIsNullAreUnknown) {
  const auto looked =
      with(answered("dead_rows", {"object", "value", "detail"}, {{"public.t", std::nullopt, "d"}}));
  EXPECT_EQ(judge(*check("dead_rows"), looked).state, CheckState::unknown);
}

TEST(Checks, OfTheDatabaseAreItsPrimarysMatterOnAStandby) {
  auto looked = with(answered("dead_rows", {"object", "value", "detail"}, {}));
  looked.in_recovery = true;
  EXPECT_THAT(judge(*check("dead_rows"), looked).why, ::testing::HasSubstr("standby"));
}

Looked counted(const char* source, Readings before, Readings now, Duration span) {
  auto looked = with(answered(source, {"x"}, {}));
  looked.counted[source] = {{.at = kNow - span, .readings = std::move(before)},
                            {.at = kNow, .readings = std::move(now)}};
  return looked;
}

TEST(CacheHit, IsJudgedOverEnoughReadingOnly) {
  const auto judged = [](double hit, double read, Duration span = 60s) {
    return judge(*check("cache_hit"), counted("pulse", {{"blocks_hit", 0}, {"blocks_read", 0}},
                                              {{"blocks_hit", hit}, {"blocks_read", read}}, span))
        .state;
  };
  EXPECT_EQ(judged(99'000, 1000), CheckState::ok);
  EXPECT_EQ(judged(85'000, 15'000), CheckState::warn);
  EXPECT_EQ(judged(50'000, 50'000), CheckState::critical);
  EXPECT_EQ(judged(50, 50), CheckState::ok) << "little is read";
  EXPECT_EQ(judged(50'000, 50'000, 5s), CheckState::unknown) << "too short";
  EXPECT_EQ(judged(-1, 10), CheckState::unknown) << "reset";
}

TEST(RequestedCheckpoints, AreAShareOfSeveral) {
  const auto judged = [](double timed, double requested) {
    return judge(*check("requested_checkpoints"),
                 counted("checkpoints", {{"timed", 10}, {"requested", 10}},
                         {{"timed", 10 + timed}, {"requested", 10 + requested}}, 30min))
        .state;
  };
  EXPECT_EQ(judged(6, 1), CheckState::ok);
  EXPECT_EQ(judged(3, 4), CheckState::warn);
  EXPECT_EQ(judged(0, 9), CheckState::critical);
  EXPECT_EQ(judged(0, 3), CheckState::ok) << "a backup asks for checkpoints, too";
}

TEST(InactiveSlots, ThatAreLostAreCriticalAtAnySize) {
  const auto looked =
      with(answered("replication_slots", {"slot", "wal_status", "retained"}, {{"s", "lost", std::nullopt}}));
  EXPECT_EQ(judge(*check("inactive_slots"), looked).state, CheckState::critical);
}

TEST(WaitingSessions, AreToldByTheRecordersLatestLook) {
  auto looked = a_server();
  looked.waits = BlockingSample{.at = kNow, .edges = {}};
  EXPECT_EQ(judge(*check("waiting_sessions"), looked).state, CheckState::ok) << "nobody waits";
  looked.waits->edges.push_back({.waiter = {.pid = 7, .user = "app"},
                                 .blocker = {.pid = 8, .user = "job"},
                                 .waiting_since = kNow - 31s,
                                 .lock_type = "relation"});
  const auto result = judge(*check("waiting_sessions"), looked);
  EXPECT_EQ(result.state, CheckState::critical);
  EXPECT_THAT(result.findings.at(0).detail, ::testing::HasSubstr("session 8 of job"));
  looked.sees_all_sessions = false;
  EXPECT_EQ(judge(*check("waiting_sessions"), looked).grant, "GRANT pg_monitor TO \"observer\";");
}

}  // namespace
}  // namespace selfheal::health
