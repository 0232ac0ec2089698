#include "healing/settings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace selfheal::healing {
namespace {

TEST(PolicySettings, AreSortedUniqueAndSayWhy) {
  const auto rows = policy_settings();
  EXPECT_TRUE(std::ranges::is_sorted(rows, std::less_equal{}, &SettingRow::name));
  for (const auto& row : rows) {
    EXPECT_NE(row.name.find('.'), std::string::npos) << row.name;
    EXPECT_FALSE(row.why.empty()) << row.name;
  }
}

TEST(PolicySettings, ThePolicysValueWinsOverTheDefault) {
  Settings settings;
  EXPECT_EQ(policy_value(settings, "watch.blocked_after_s"), 30);
  settings.values["watch.blocked_after_s"] = 5;
  EXPECT_EQ(policy_value(settings, "watch.blocked_after_s"), 5);
  EXPECT_DEATH(policy_value(settings, "watch.nothing"), "CHECK");
}

}  // namespace
}  // namespace selfheal::healing
