// Whatever somebody writes, it leads nowhere and names nobody where it is shown.
#include "assistant/safe_text.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <regex>

#include "base/random.h"

namespace selfheal::assistant::internal {
namespace {

struct Case {
  std::string text;
  std::string safe;
};

TEST(SafeText, TakesLinksMarkupAndMentionsOut) {
  const std::vector<Case> cases{
      {"see https://evil.example/x?a=b now", "see ‹link removed› now"},
      {"HTTP://EVIL.EXAMPLE", "‹link removed›"},
      {"hxxp and http:/evil.example", "hxxp and ‹link removed›"},
      {"//evil.example/x", "‹link removed›"},
      {"\\\\evil.example\\share", "‹link removed›"},
      {"www.evil.example", "‹link removed›"},
      {"evil.example/path", "‹link removed›"},
      {"evil.example:8080/path", "‹link removed›"},
      {"javascript:alert(1)", "‹link removed›"},
      {"java\u200Bscript:alert(1)", "‹link removed›"},
      {"mailto:a@evil.example", "‹link removed›"},
      {"[click](https://evil.example)", "[click‹link removed›"},
      {"![image](https://evil.example/i.png)", "! [image‹link removed›"},
      {"[click](relative)", "[click] (relative)"},
      {"[1]: https://evil.example", "[1] : ‹link removed›"},
      {"<img src=x onerror=alert(1)>", "‹img src=x onerror=alert(1)>"},
      {"</script><script>", "‹/script>‹script>"},
      {"<!channel> <@U123> <#C1|x>", "‹!channel> ‹＠U123> ‹#C1|x>"},
      {"@here and @channel", "＠here and ＠channel"},
      {"&#60;img&gt;", "＆#60;img＆gt;"},
      {"\u202Egnp.evil\u202C", "gnp.evil"},
      {"https：／／evil。example", "‹link removed›"},
      {std::string("a\0b\x1b[31m", 8), "ab[31m"},
      {"bad \xff byte", "bad \uFFFD byte"},
      {"\xC0\xAF\xC0\xAF"
       "x",
       "\uFFFD\uFFFD\uFFFD\uFFFDx"},
  };
  for (const auto& one : cases) EXPECT_EQ(safe_text(one.text), one.safe) << one.text;
}

TEST(SafeText, KeepsWhatPeopleWrite) {
  for (const std::string text :
       {"public.orders has 42 rows [Q1].", "a < b and b > c && d", "INSERT INTO t VALUES (?, ?)",
        "50 % at 12:30:05", "[SH-7/E3] and [K:deadlock]", "ratio 3/4, a/b, and/or", "x::text, y := 3",
        "e.g. this; i.e. that. And more", "größer als „vorher“ – 9 µs", "SELECT pg_cancel_backend(4121);",
        "path /var/lib/postgresql/15/main", "user@host stays a word", "line one\nline two\ttab",
        "idle in transaction: 3 s", "a[1] = 'x'"})
    EXPECT_EQ(safe_text(text), text);
}

// A browser reads "https:host" as a link, too.
TEST(SafeText, KnowsLinksWithoutSlashes) {
  for (const std::string text :
       {"https:evil.example", "(https:evil.example) |", "HTTP:evil.example", "ftp:x"})
    EXPECT_EQ(safe_text(text).find(':'), std::string::npos) << text;
  EXPECT_EQ(safe_text("over http: 200 answers"), "over http: 200 answers");
}

TEST(SafeText, LooksIntoWholeDocuments) {
  const auto safe = safe_value(boost::json::parse(
      R"({"rows":[["see https://evil.example/x",null,7]],"a<b>":"<img src=x>","sql":"select 'https://evil.example'"})"));
  EXPECT_EQ(
      boost::json::serialize(safe),
      R"({"rows":[["see ‹link removed›",null,7]],"a‹b>":"‹img src=x>","sql":"select 'https://evil.example'"})");
}

// Pieces from which links and mentions are made, in any order.
TEST(SafeText, LetsNothingThroughInRandomText) {
  const std::vector<std::string> pieces{
      "http",       "s",      ":",  "/",  "/",  "\\", "www", ".",   "evil",    "example", "com", "[",
      "]",          "(",      ")",  "!",  "<",  ">",  "a",   "img", " ",       "@",       "#",   "&",
      "javascript", "\u200B", "：", "／", "\n", "|",  "\"",  "`",   "channel", "?",       "=",   "1"};
  const std::regex dangerous(
      R"(https?:/|//[a-z0-9]|www\.[a-z]|<[a-z/!@#?]|!\[|\]\(|(^|[^a-z])javascript:.|&[a-z#]|(^|[^a-zA-Z0-9])@[a-z])",
      std::regex::icase);
  SeededRandom random(20261125);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto count = random.below(14) + 1; count > 0; --count) text += pieces[random.below(pieces.size())];
    const auto safe = safe_text(text);
    ASSERT_FALSE(std::regex_search(safe, dangerous)) << text << " -> " << safe;
  }
}

}  // namespace
}  // namespace selfheal::assistant::internal
