// Whether what a model says stands in what it was given.
#include <gtest/gtest.h>

#include "assistant/internal/claims.h"

namespace selfheal::assistant::internal {
namespace {

Given given_a_session() {
  Given given;
  given.add("session 4121 of billing, 5 events, last at 2026-11-25T14:06:31.262Z", {"SH-7"});
  return given;
}

TEST(Claims, OfNumbersAreHeldAgainstNumbersAlone) {
  const auto given = given_a_session();
  EXPECT_TRUE(given.supports("It has 5 events [SH-7].", {"SH-7"}));
  EXPECT_TRUE(given.supports("It has five events [SH-7].", {"SH-7"}));
  // Each stands in the time, and none of them counts anything.
  for (const auto* wrong : {"6", "31", "31.262", "14", "25", "11", "2026"})
    EXPECT_FALSE(given.supports("It has " + std::string(wrong) + " events [SH-7].", {"SH-7"})) << wrong;
}

TEST(Claims, OfTimesAreHeldAgainstTimes) {
  const auto given = given_a_session();
  for (const auto* right : {"2026-11-25T14:06:31.262Z", "2026-11-25", "14:06:31", "14:06"})
    EXPECT_TRUE(given.supports("The last came at " + std::string(right) + " [SH-7].", {"SH-7"})) << right;
  for (const auto* wrong : {"2026-11-24", "14:07", "06:31", "2026-11-25T14:06:32.262Z"})
    EXPECT_FALSE(given.supports("The last came at " + std::string(wrong) + " [SH-7].", {"SH-7"})) << wrong;
}

TEST(Claims, WithoutACitationAreNotProven) {
  const auto given = given_a_session();
  EXPECT_FALSE(given.supports("It has 5 events.", {}));
  EXPECT_FALSE(given.supports("It has 5 events [SH-8].", {"SH-8"}));
}

}  // namespace
}  // namespace selfheal::assistant::internal
