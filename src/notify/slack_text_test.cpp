#include "notify/slack_text.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "notify/internal/mrkdwn_reader.h"

namespace selfheal::notify {
namespace {

std::string prose(std::string_view text, std::size_t most = 3000) { return slack_prose(text, most).text(); }

struct Sample {
  std::string_view text;
  std::string_view prose;
  std::string_view plain;
};

TEST(SlackText, ShowsEachTextAsItReads) {
  constexpr Sample kSamples[] = {
      {"4 sessions wait.", "4 sessions wait.", "4 sessions wait."},
      {"on public.orders, now", "on `public.orders`, now", "on public․orders, now"},
      {"on invoice (employee_email_key).", "on invoice (`employee_email_key`).",
       "on invoice (employee_email_key)."},
      {"a < b && c > d", "a `&lt;` b &amp;&amp; c `&gt;` d", "a ‹ b ＆＆ c › d"},
      {"<!channel> look", "`&lt;!channel&gt;` look", "‹!channel› look"},
      {"<@U012AB3CD>", "`&lt;＠U012AB3CD&gt;`", "‹＠U012AB3CD›"},
      {"@here help", "`＠here` help", "＠here help"},
      {"#general", "`#general`", "＃general"},
      {"https://evil.com/x", "https[:]//evil[.]com/x", "https[:]//evil[.]com/x"},
      {"www.evil.example", "`www[.]evil.example`", "www[.]evil․example"},
      {"ann@example.org", "`ann＠example[.]org`", "ann＠example[.]org"},
      {"mailto:ann", "mailto[:]ann", "mailto[:]ann"},
      {":tada: done", "`:tada:` done", "∶tada: done"},
      {"at 14:02:11 UTC", "at 14:02:11 UTC", "at 14:02:11 UTC"},
      {"*bold* _it_ ~no~", "`*bold*` `_it_` `~no~`", "∗bold∗ ＿it＿ ∼no∼"},
      {"`x` and ```y", "`ˋxˋ` and `ˋˋˋy`", "ˋxˋ and ˋˋˋy"},
      {"a\u202Eb\u200Bc", "abc", "abc"},
      {"two\nlines\tand  more", "two lines and more", "two lines and more"},
      {"took 1.5 s at 10.0.0.1.", "took 1.5 s at 10.0.0.1.", "took 1.5 s at 10.0.0.1."},
      {"evil。com", "evil[.]com", "evil[.]com"},
      {"bad \xFF\xC0\xAF", "bad ���", "bad ���"},
      {"", "", ""},
      {" \u200B ", "", ""},
  };
  for (const auto& sample : kSamples) {
    EXPECT_EQ(prose(sample.text), sample.prose) << sample.text;
    EXPECT_EQ(slack_plain(sample.text, 3000), sample.plain) << sample.text;
  }
}

TEST(SlackText, ShowsAStatementAsOneCode) {
  EXPECT_EQ(slack_code("SELECT `a`,\n  b FROM t WHERE x < 3", 300).text(),
            "`SELECT ˋaˋ, b FROM t WHERE x &lt; 3`");
  EXPECT_EQ(slack_code("  ", 300).text(), "");
}

TEST(SlackText, CutsByCharactersAndSaysSo) {
  EXPECT_EQ(prose("one two three four", 12), "one two …");
  EXPECT_EQ(prose("one two three four", 18), "one two three four");
  EXPECT_EQ(slack_plain("äöüäöüäöü", 5), "äöüä…");
  EXPECT_EQ(slack_code("SELECT one, two", 14).text(), "`SELECT …`");
  // An entity is never cut in two.
  EXPECT_EQ(slack_plain("x", 0), "");
  for (std::size_t most = 0; most < 60; ++most) {
    const auto cut = prose("<<<<<<<<<< &&&& 😀😀😀 a.b.c.d.e.f.g", most);
    EXPECT_LE(slack_length(cut), most) << most << cut;
    EXPECT_EQ(internal::read_mrkdwn(cut, true).marks, 0) << cut;
    EXPECT_LE(slack_length(slack_code("<<<<<<<<<< &&&& 😀😀😀 a.b.c", most).text()), most);
  }
}

TEST(SlackText, CountsAsSlackDoes) {
  EXPECT_EQ(slack_length("aä…"), 3u);
  EXPECT_EQ(slack_length("😀"), 2u);
}

TEST(SlackText, LetsNothingEndALinkOfOurs) {
  EXPECT_EQ(slack_link("http://h/chat?incident=SH-1&x=a|b>c d", "Open").text(),
            "<http://h/chat?incident=SH-1&amp;x=a%7Cb%3Ec%20d|Open>");
}

// The reader must find what it is for, or the proof below proves nothing.
TEST(SlackText, IsReadByAReaderThatFindsWhatIsThere) {
  using internal::read_mrkdwn;
  EXPECT_EQ(read_mrkdwn("see <https://evil.example|this>", true).links > 0, true);
  EXPECT_GT(read_mrkdwn("<!channel>", true).mentions, 0);
  EXPECT_GT(read_mrkdwn("ping @here", true).mentions, 0);
  EXPECT_GT(read_mrkdwn("evil.example", true).links, 0);
  EXPECT_EQ(read_mrkdwn("`public.orders`", true).links, 0);
  EXPECT_GT(read_mrkdwn("`https://x`", true).links, 0);
  EXPECT_GT(read_mrkdwn("*loud*", true).marks, 0);
  EXPECT_GT(read_mrkdwn(":fire:", true).marks, 0);
  EXPECT_GT(read_mrkdwn("&gt; quoted", true).marks, 0);
  EXPECT_EQ(read_mrkdwn("`x", true).open_code, 1);
}

constexpr std::string_view kPieces[] = {"<!channel>",
                                        "<!here|x>",
                                        "<@U012>",
                                        "<#C01|g>",
                                        "<https://evil.com|click>",
                                        "https://",
                                        "http:/\\",
                                        "evil.com",
                                        "evil。com",
                                        "www.",
                                        "mailto:",
                                        "a@b.c",
                                        "@here",
                                        "@channel",
                                        "#general",
                                        "`",
                                        "```",
                                        "*",
                                        "_",
                                        "~",
                                        ":fire:",
                                        ":",
                                        "&lt;",
                                        "&",
                                        "<",
                                        ">",
                                        "|",
                                        "\n",
                                        "\n> ",
                                        " ",
                                        ".",
                                        "/",
                                        "\u202E",
                                        "\u200B",
                                        "\u2060",
                                        "\uFEFF",
                                        "\xFF",
                                        "\xF0\x9F",
                                        "😀",
                                        "ä",
                                        "public.orders",
                                        "SELECT 1",
                                        "x",
                                        "javascript:",
                                        "data:text/html,",
                                        "//evil.io",
                                        "-",
                                        "(",
                                        ")",
                                        "\"",
                                        "…",
                                        "\u3164",
                                        "＠here",
                                        "！",
                                        "<!date^1^x|y>",
                                        "＜"};

// 10,000 texts made of what hurts, of what looks like it, and of chance.
TEST(SlackText, BringsAboutNoMentionAndNoLinkFromTenThousandTexts) {
  SeededRandom random(20261125);
  for (int i = 0; i < 10000; ++i) {
    std::string text;
    for (auto pieces = random.below(10) + 1; pieces > 0; --pieces) {
      if (random.below(8) == 0)
        text += static_cast<char>(random.below(256));
      else
        text += kPieces[random.below(std::size(kPieces))];
    }
    const auto most = static_cast<std::size_t>(random.below(10) == 0 ? random.below(40) : 3000);
    for (const auto& [shown, is_markup] :
         {std::pair{slack_prose(text, most).text(), true}, std::pair{slack_code(text, most).text(), true},
          std::pair{slack_plain(text, most), false}}) {
      const auto found = internal::read_mrkdwn(shown, is_markup);
      ASSERT_EQ(found.links, 0) << i << ' ' << text << "\n-> " << shown;
      ASSERT_EQ(found.mentions, 0) << i << ' ' << text << "\n-> " << shown;
      ASSERT_EQ(found.marks, 0) << i << ' ' << text << "\n-> " << shown;
      ASSERT_EQ(found.open_code, 0) << i << ' ' << text << "\n-> " << shown;
      ASSERT_LE(slack_length(shown), most) << i;
    }
  }
}

}  // namespace
}  // namespace selfheal::notify
