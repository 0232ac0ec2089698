#include "analysis/activity.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace selfheal::analysis {
namespace {

const Time kStart = *parse_time("2026-11-25T08:00:00Z");

TEST(Activity, CountsOverASpanThatItLearns) {
  Activity activity;
  for (int minute = 0; minute < 60; ++minute)
    for (int i = 0; i <= minute / 20; ++i) activity.add(kStart + std::chrono::minutes(minute));
  const auto thirds = activity.over(kStart, kStart + 1h, 3);
  EXPECT_EQ(std::accumulate(thirds.begin(), thirds.end(), std::int64_t{0}), 120);
  // A bucket is two or three minutes wide by then and falls on one side.
  for (int i = 0; i < 3; ++i)
    EXPECT_NEAR(static_cast<double>(thirds[static_cast<std::size_t>(i)]), 20 * (i + 1), 6);
}

TEST(Activity, LosesNothingHoweverFarTheMomentsAre) {
  const std::vector<Time> moments = {Time{},
                                     kStart,
                                     kStart - 1h,
                                     kStart + std::chrono::hours(24 * 365),
                                     kStart + 3ms,
                                     *parse_time("9999-12-31T00:00:00Z"),
                                     *parse_time("0001-01-01T00:00:00Z")};
  Activity activity;
  for (const auto moment : moments) activity.add(moment);
  const auto counts = activity.over(moments.back(), *parse_time("9999-12-31T00:00:00Z"), 10);
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}), 7);
}

TEST(Activity, IsTheSameInAnyOrder) {
  Activity forward, backward;
  for (int i = 0; i < 1000; ++i) forward.add(kStart + i * i * 1ms);
  for (int i = 999; i >= 0; --i) backward.add(kStart + i * i * 1ms);
  EXPECT_EQ(forward.over(kStart, kStart + 1000s, 5), backward.over(kStart, kStart + 1000s, 5));
}

TEST(Activity, TellsWhetherItGrew) {
  Activity rising, falling, steady, few;
  for (int i = 0; i < 100; ++i) {
    rising.add(kStart + 90s);
    falling.add(kStart + 10s);
    steady.add(kStart + i * 1s);
  }
  few.add(kStart + 90s);
  const auto end = kStart + 100s;
  EXPECT_EQ(rising.trend(kStart, end), Trend::rising);
  EXPECT_EQ(falling.trend(kStart, end), Trend::falling);
  EXPECT_EQ(steady.trend(kStart, end), Trend::steady);
  EXPECT_EQ(few.trend(kStart, end), Trend::few);
}

}  // namespace
}  // namespace selfheal::analysis
