#include <gtest/gtest.h>

#include "base/random.h"
#include "base/time.h"

namespace selfheal {
namespace {

TEST(Time, ReadsWhatPostgreSqlPrints) {
  const auto expected = parse_time("2026-11-25T03:40:29.120Z");
  ASSERT_TRUE(expected) << expected.error().message;
  for (const auto* text : {"2026-11-25 03:40:29.12+00", "2026-11-25 03:40:29.120 UTC",
                           "2026-11-25 09:10:29.12+05:30", "2026-11-24 22:40:29.120000-05"}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(*time, *expected) << text;
  }
  EXPECT_EQ(to_rfc3339(*expected), "2026-11-25T03:40:29.120Z");
}

TEST(Time, RefusesWhatHasNoOffset) {
  for (const auto* text :
       {"", "2026-11-25", "2026-11-25 03:40:29", "2026-11-25 03:40:29 CET", "2026-13-25 03:40:29Z",
        "2026-11-25 03:40:29.Z", "x026-11-25 03:40:29Z", "2026-11-25 03:40:29+99"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(Sha256, MatchesThePublishedVector) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Random, TheSameSeedGivesTheSameSequence) {
  SeededRandom one(7), two(7);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(one.next(), two.next());
}

}  // namespace
}  // namespace selfheal
