#include "tail/prefix_guess.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace selfheal::tail {
namespace {

struct GuessCase {
  std::string_view prefix;
  std::vector<std::string_view> lines;
};

TEST(PrefixGuess, FindsWhatWroteTheLines) {
  const GuessCase cases[] = {
      {"", {"LOG:  starting", "ERROR:  x", "STATEMENT:  y"}},
      {"%m [%p] ",
       {"2026-11-25 03:59:53.425 UTC [10699] LOG:  x", "2026-11-25 03:59:53.425 UTC [9] FEHLER:  x"}},
      {"%m [%p] %q%u@%d ",
       {"2026-11-25 03:59:53.425 UTC [10699] LOG:  x", "2026-11-25 03:59:53.425 UTC [9] a@b ERROR:  x",
        "2026-11-25 03:59:53.425 UTC [9] [unknown]@[unknown] LOG:  x"}},
      {"%m [%p] %q%e %u@%d ",
       {"2026-11-25 03:59:53.425 UTC [9] LOG:  x", "2026-11-25 03:59:53.425 UTC [9] 42P01 a@b ERROR:  x"}},
      {"%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
       {"2026-11-25 03:59:53 UTC [9]: [3-1] user=a,db=b,app=my app,client=10.0.0.7 ERROR:  x",
        "2026-11-25 03:59:53 UTC [8]: [1-1] user=,db=,app=,client= LOG:  x"}},
      {"%t:%r:%u@%d:[%p]:",
       {"2026-11-25 03:59:53 UTC:10.0.0.7(50122):a@b:[77]:ERROR:  x",
        "2026-11-25 03:59:53 UTC::@:[9]:LOG:  x"}},
      {"%t-%c-", {"2026-11-25 03:59:53 UTC-6b065d39.29cb-ERROR:  x"}},
      {"%n pid=%p code=%e session=%c ", {"1795665593.427 pid=5 code=00000 session=6b065d39.29cb LOG:  x"}},
      {"<%m %c %v %p>%q (%u@%d) [user=%u host=%r] ",
       {"<2026-11-25 03:59:53.425 CET 6b065d39.29cb 3/4 77> (a@b) [user=a host=10.0.0.7(5)] LOG:  x",
        "<2026-11-25 03:59:53.425 CET 6b065d39.29cb 3/4 77>LOG:  x"}},
  };
  for (const auto& c : cases) {
    const auto guess = guess_log_line_prefix(c.lines);
    ASSERT_TRUE(guess) << c.prefix;
    EXPECT_EQ(guess->prefix, c.prefix);
    EXPECT_EQ(guess->lines, c.lines.size());
    EXPECT_EQ(guess->sureness(), 1) << guess->prefix;
  }
}

TEST(PrefixGuess, SaysHowMuchItExplains) {
  const std::vector<std::string_view> lines = {"2026-11-25 03:59:53.425 UTC [10699] LOG:  x",
                                               "\tERROR:  continues",
                                               "cp: no such file",
                                               "script: ERROR:  something",
                                               "another script with a long text ERROR:  y",
                                               "2026-11-25 03:59:53.425 UTC [10700] LOG:  x"};
  const auto guess = guess_log_line_prefix(lines);
  ASSERT_TRUE(guess);
  EXPECT_EQ(guess->prefix, "%m [%p] ");
  EXPECT_EQ(guess->lines, 4U);
  EXPECT_EQ(guess->sureness(), 0.5);
}

TEST(PrefixGuess, FindsNothingWhereNoLineHasALevel) {
  const std::vector<std::string_view> lines = {"GET / HTTP/1.1", "", "\tERROR:  x", "ERROR: one blank only"};
  EXPECT_FALSE(guess_log_line_prefix(lines));
  EXPECT_FALSE(guess_log_line_prefix({}));
}

}  // namespace
}  // namespace selfheal::tail
