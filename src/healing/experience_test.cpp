#include "healing/experience.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace selfheal::healing {
namespace {

const Time kNow = parse_time("2026-11-25T12:00:00Z").value();

PastCase treated(std::string action, VerdictWord verdict, Duration ago = 1h) {
  return {.action = std::move(action), .verdict = verdict, .at = kNow - ago};
}

TEST(Experience, CountsCuresAgainstEverythingThatWasJudged) {
  using enum VerdictWord;
  const auto records = records_of({treated("a", cured), treated("a", cured), treated("a", unchanged),
                                   treated("a", worse), treated("a", unknown)},
                                  kNow, kExperienceHalfLife);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].helped, 2);
  EXPECT_EQ(records[0].tried, 4);
}

TEST(Experience, ThousandsOfCasesThatWereOnlySeenSayNothing) {
  std::vector<PastCase> seen(1000, PastCase{.action = "a", .ending = Ending::by_itself});
  EXPECT_TRUE(records_of(seen, kNow, kExperienceHalfLife).empty());
  EXPECT_EQ(experience_in_words(seen, kNow, kExperienceHalfLife), "it went away by itself 1000 times");
  EXPECT_EQ(experience_in_words({}, kNow, kExperienceHalfLife), "");
}

TEST(Experience, NewOutcomesCountMoreThanOld) {
  using enum VerdictWord;
  // Both helped once and failed once; `late` helped lately.
  const auto records =
      records_of({treated("early", cured, std::chrono::days(400)), treated("early", unchanged),
                  treated("late", unchanged, std::chrono::days(400)), treated("late", cured)},
                 kNow, kExperienceHalfLife);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].action, "late");
  EXPECT_EQ(records[1].tried, 2);
  EXPECT_GT(records[0].worth, records[1].worth);
}

TEST(Experience, AFutureTimeCountsAsNow) {
  const auto records =
      records_of({treated("a", VerdictWord::cured, -std::chrono::days(9000))}, kNow, kExperienceHalfLife);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_LE(records[0].worth, 1.0);
}

TEST(Experience, IsSaidInOneSentence) {
  using enum VerdictWord;
  std::vector<PastCase> past{treated("advance_sequence", cured), treated("advance_sequence", worse)};
  past.push_back({.at = kNow, .ending = Ending::by_person, .note = "index added"});
  EXPECT_EQ(experience_in_words(past, kNow, kExperienceHalfLife),
            "advance_sequence helped 1 of 2 times; a person corrected it once");
}

}  // namespace
}  // namespace selfheal::healing
