#include "health/measures.h"

#include <gtest/gtest.h>

#include <set>

#include "health/ports.h"

namespace selfheal::health {
namespace {

constexpr Time kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 25) + std::chrono::hours(3)};

std::optional<double> value_of(const Reducer& reducer, const char* name, Time at) {
  return reducer.values(at)[static_cast<std::size_t>(measure(name)->number)];
}

TEST(Measures, AreSortedAndEachHasItsOwnPlaceForEver) {
  std::set<int> numbers;
  std::string before;
  for (const auto& row : measures()) {
    EXPECT_LT(before, row.name);
    before = row.name;
    EXPECT_TRUE(numbers.insert(row.number).second) << row.name;
    EXPECT_GE(row.number, 0);
    EXPECT_LT(static_cast<std::size_t>(row.number), measure_count());
  }
  EXPECT_EQ(measure("cache.hit")->number, 0) << "stored samples have it there";
  EXPECT_EQ(measure("wraparound.xid")->number, 32) << "stored samples have it there";
  EXPECT_EQ(measure("nothing"), nullptr);
}

TEST(Measures, EachComesFromSomethingThatIsLookedAt) {
  for (const auto& row : measures()) {
    if (std::string_view(row.source) == "census") continue;
    bool is_looked_at = false;
    for (const auto& look : looks()) is_looked_at |= std::string_view(look.as) == row.source;
    EXPECT_TRUE(is_looked_at) << row.name;
  }
}

TEST(Readings, AreNumbersAloneAndOfSeveralRowsTheLargest) {
  const EvidenceItem item{.probe = "ages",
                          .status = ProbeStatus::answered,
                          .columns = {"database", "xid_age", "here"},
                          .rows = {{"a", "7", "t"}, {"b", "9", std::nullopt}, {"c", "8", "f"}}};
  EXPECT_EQ(readings_of(item), (Readings{{"xid_age", 9}}));
}

TEST(Readings, OfAFailedLookAreNone) {
  const EvidenceItem item{.probe = "pulse",
                          .status = ProbeStatus::failed,
                          .why = "timed out",
                          .columns = {"committed"},
                          .rows = {{"7"}}};
  EXPECT_TRUE(readings_of(item).empty());
}

TEST(Reducer, KnowsARateFromTheSecondReadingOn) {
  Reducer reducer;
  reducer.take("pulse", {{"committed", 1000}}, kNow);
  EXPECT_EQ(value_of(reducer, "transactions.committed", kNow), std::nullopt);
  reducer.take("pulse", {{"committed", 1250}}, kNow + 5s);
  EXPECT_EQ(value_of(reducer, "transactions.committed", kNow + 5s), 50);
}

TEST(Reducer, TakesACounterThatWentBackForUnknownNotForNegative) {
  Reducer reducer;
  reducer.take("pulse", {{"committed", 1000}}, kNow);
  reducer.take("pulse", {{"committed", 10}}, kNow + 5s);
  EXPECT_EQ(value_of(reducer, "transactions.committed", kNow + 5s), std::nullopt);
  reducer.take("pulse", {{"committed", 60}}, kNow + 10s);
  EXPECT_EQ(value_of(reducer, "transactions.committed", kNow + 10s), 10) << "and goes on from there";
}

TEST(Reducer, GivesNoValueOfWhatWasNotReadForLong) {
  Reducer reducer;
  reducer.take("census", {{"active", 3}}, kNow);
  EXPECT_EQ(value_of(reducer, "sessions.active", kNow + 5s), 3);
  EXPECT_EQ(value_of(reducer, "sessions.active", kNow + 60s), std::nullopt);
  reducer.take("space", {{"database_size", 7}}, kNow);
  EXPECT_EQ(value_of(reducer, "space.database", kNow + 60s), 7) << "it is read once a minute";
  EXPECT_EQ(value_of(reducer, "space.database", kNow + 300s), std::nullopt);
}

TEST(Reducer, DoesNotTakeTheSameLookForTwo) {
  Reducer reducer;
  reducer.take("pulse", {{"committed", 1000}}, kNow);
  reducer.take("pulse", {{"committed", 1250}}, kNow + 5s);
  reducer.take("pulse", {{"committed", 1250}}, kNow + 5s);
  EXPECT_EQ(value_of(reducer, "transactions.committed", kNow + 5s), 50);
}

TEST(Reducer, MakesASharesOfTwoCounters) {
  Reducer reducer;
  reducer.take("pulse", {{"blocks_hit", 0}, {"blocks_read", 0}}, kNow);
  reducer.take("pulse", {{"blocks_hit", 990}, {"blocks_read", 10}}, kNow + 5s);
  EXPECT_EQ(value_of(reducer, "cache.hit", kNow + 5s), 99);
  reducer.take("pulse", {{"blocks_hit", 990}, {"blocks_read", 10}}, kNow + 10s);
  EXPECT_EQ(value_of(reducer, "cache.hit", kNow + 10s), std::nullopt) << "nothing was read: no share of it";
}

TEST(Reducer, HasNoRateOverAnInterruption) {
  Reducer reducer;
  reducer.take("pulse", {{"committed", 1000}}, kNow);
  reducer.interrupt();
  reducer.take("pulse", {{"committed", 9000}}, kNow + 5s);
  EXPECT_EQ(value_of(reducer, "transactions.committed", kNow + 5s), std::nullopt);
}

}  // namespace
}  // namespace selfheal::health
