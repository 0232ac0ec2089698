#include <gtest/gtest.h>

#include "store/internal/draft.h"
#include "store/internal/maintenance.h"
#include "store/internal/store_settings.h"
#include "store/internal/text.h"

namespace selfheal::store {
namespace {

const Time kNow = parse_time("2026-03-10T12:00:00Z").value();
Time day(int of_march) { return std::chrono::sys_days(std::chrono::year(2026) / 3 / of_march); }

Extent extent(std::int64_t size, std::int64_t cap) {
  Extent extent{.size_bytes = size, .size_cap_bytes = cap};
  for (int of_march = 1; of_march <= 12; ++of_march)
    for (const auto* table : {"event_key", "sighting"})
      extent.partitions.push_back({.parent = table, .day = day(of_march), .size_bytes = 50});
  return extent;
}

TEST(Maintenance, DropsDaysThatEndedBeforeRetention) {
  EXPECT_EQ(days_to_drop(extent(1200, 5000), day(3), kNow), (std::vector{day(1), day(2)}));
  EXPECT_EQ(days_to_drop(extent(1200, 5000), day(3) + 23h, kNow), (std::vector{day(1), day(2)}))
      << "a day of which some is kept stays";
  EXPECT_TRUE(days_to_drop(extent(1200, 5000), day(1), kNow).empty());
}

TEST(Maintenance, DropsTheOldestDaysUntilTheSizeFits) {
  EXPECT_EQ(days_to_drop(extent(1200, 1000), day(1), kNow), (std::vector{day(1), day(2)}));
  EXPECT_EQ(days_to_drop(extent(1200, 999), day(1), kNow), (std::vector{day(1), day(2), day(3)}));
}

TEST(Maintenance, NeverDropsYesterdayOrLater) {
  EXPECT_EQ(days_to_drop(extent(1200, 0), day(1), kNow).back(), day(8));
  EXPECT_EQ(days_to_drop(extent(1200, 5000), day(28), kNow).back(), day(8));
}

TEST(Maintenance, SettingsAreSortedAndTheirDefaultsAreWithinTheirLimits) {
  const auto settings = store_settings();
  for (std::size_t i = 0; i < settings.size(); ++i) {
    EXPECT_LE(settings[i].least, settings[i].row.value) << settings[i].row.name;
    EXPECT_GE(settings[i].most, settings[i].row.value) << settings[i].row.name;
    if (i > 0) EXPECT_LT(settings[i - 1].row.name, settings[i].row.name);
  }
}

TEST(StorableText, IsUtf8WithoutNul) {
  const struct {
    std::string text;
    std::string stored;
  } cases[] = {
      {"", ""},
      {"plain", "plain"},
      {"Größe € 😀", "Größe € 😀"},
      {std::string("a\0b", 3), "a\uFFFDb"},
      {"\xff\xfe", "\uFFFD\uFFFD"},
      {"a\xc3", "a\uFFFD"},
      {"\xc0\xaf", "\uFFFD\uFFFD"},                      // overlong
      {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},            // a surrogate
      {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond U+10FFFF
      {"\xe2\x82z", "\uFFFD\uFFFDz"},
  };
  for (const auto& row : cases) EXPECT_EQ(storable(row.text), row.stored);
  EXPECT_EQ(storable("abcdef", 3), "abc");
  EXPECT_EQ(storable("ab€", 4), "ab") << "cut at a character";
  EXPECT_EQ(storable("\xff\xff", 4), "\uFFFD");
}

TEST(SessionId, NamesItsBackend) {
  EXPECT_EQ(pid_of_session("67c2f1a0.1f2f"), 0x1f2f);
  for (const auto* other : {"", ".", ".1f2f", "67c2f1a0.", "67c2f1a0.xyz", "67c2f1a0.1f2f ", "proxy-1",
                            "67c2f1a0.fffffffff", "67c2f1a0.-1"})
    EXPECT_EQ(pid_of_session(other), 0) << other;
}

TEST(StoredJson, ForgivesAbsentAndUnknownFieldsButNotWrongOnes) {
  std::vector<std::optional<std::string>> list;
  EXPECT_TRUE(parse_json(R"(["a", null])", "rows", list));
  EXPECT_EQ(list, (std::vector<std::optional<std::string>>{"a", std::nullopt}));
  const auto wrong = parse_json(R"([1])", "rows", list);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "column rows holds JSON that this program does not understand");
  EXPECT_FALSE(parse_json("[", "rows", list));
}

}  // namespace
}  // namespace selfheal::store
