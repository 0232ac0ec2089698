#include "cli/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/internal/terminal_fixture.h"

namespace selfheal::cli {
namespace {

// What `use` writes with an Invocation of this terminal and these global options.
template <class Use>
std::string with_style(const Terminal& terminal, const std::vector<std::string>& options, Use use) {
  const std::vector<Command> local{{.name = "probe",
                                    .summary = "s",
                                    .examples = {"selfheal probe"},
                                    .run = [&use](Invocation& invocation) {
                                      invocation.streams.out << use(Style(invocation));
                                      return kOk;
                                    }}};
  std::vector<std::string> line{"probe"};
  line.insert(line.end(), options.begin(), options.end());
  return run_line(line, terminal, local).out;
}

Table people() {
  Table table({{.title = "ID"}, {.title = "EVENTS", .right = true}, {.title = "TITLE", .text = true}});
  table.add({"SH-1", "7", "a short one"});
  table.add({"SH-142", "1200", "a title that is a good deal longer than what fits"});
  return table;
}

TEST(SafeText, MakesHostileCharactersVisible) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"plain ünïcode 日本", "plain ünïcode 日本"},
      {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
      {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
      {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
      {std::string("nul\0end", 7), "nul\\x00end"},
      {"c1 \xc2\x9b"
       "31m",
       "c1 \\x9b31m"},
      {"bidi \xe2\x80\xae"
       "evil",
       "bidi \\u202eevil"},
      {"isolate \xe2\x81\xa6", "isolate \\u2066"},
      {"zero\xe2\x80\x8bwidth", "zero\\u200bwidth"},
      {"bom \xef\xbb\xbf", "bom \\ufeff"},
      {"tag \xf3\xa0\x81\x81", "tag \\ue0041"},
      {"bad \xff\xc3(", "bad \\xff\\xc3("},
      {"cut \xe2\x82", "cut \\xe2\\x82"},
      {"surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80"},
  };
  for (const auto& [hostile, safe] : cases) EXPECT_EQ(safe_text(hostile), safe);
}

TEST(SafeText, ChangesNothingThatIsSafe) {
  const auto once = safe_text("\x1b[2J \xe2\x80\xae x");
  EXPECT_EQ(safe_text(once), once);
}

TEST(Cut, CountsColumnsAndKeepsCharactersWhole) {
  EXPECT_EQ(columns_of("日本"), 4u);
  EXPECT_EQ(columns_of("e\xcc\x81"), 1u);
  EXPECT_EQ(cut("日本語", 5), "日本…");
  EXPECT_EQ(cut("日本語", 4), "日…");
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdef", 5), "abcd…");
  EXPECT_EQ(cut("abcdef", 5, true), "ab...");
  EXPECT_EQ(cut("abcdef", 0), "");
}

TEST(Relative, SpeaksOfTheNearestUnit) {
  EXPECT_EQ(relative(300ms), "just now");
  EXPECT_EQ(relative(3s), "3 s ago");
  EXPECT_EQ(relative(312s), "312 s ago");
  EXPECT_EQ(relative(15min), "15 min ago");
  EXPECT_EQ(relative(5h), "5 h ago");
  EXPECT_EQ(relative(72h), "3 d ago");
  EXPECT_EQ(relative(-40s), "in 40 s");
}

TEST(Table, IsAlignedOnATerminalAndCutsTheTextColumn) {
  const auto text = with_style({.out = true, .width = 40}, {"--color=never"},
                               [](const Style& style) { return people().print(style, true); });
  EXPECT_EQ(text,
            "ID      EVENTS  TITLE\n"
            "SH-1         7  a short one\n"
            "SH-142    1200  a title that is a good …\n");
}

TEST(Table, IsTabSeparatedWithoutHeadingInAPipe) {
  const auto text =
      with_style({.width = 40}, {}, [](const Style& style) { return people().print(style, true); });
  EXPECT_EQ(text, "SH-1\t7\ta short one\nSH-142\t1200\ta title that is a good deal longer than what fits\n");
}

TEST(Table, NeverWrapsEvenWhereNothingCanGive) {
  const auto text = with_style({.out = true, .width = 10}, {"--color=never"},
                               [](const Style& style) { return people().print(style, true); });
  std::size_t start = 0;
  int lines = 0;
  while (start < text.size()) {
    const auto end = text.find('\n', start);
    EXPECT_LE(columns_of(text.substr(start, end - start)), 10u);
    start = end + 1;
    ++lines;
  }
  EXPECT_EQ(lines, 3);
}

TEST(Table, MakesCellsSafe) {
  const auto text = with_style({}, {}, [](const Style& style) {
    Table table({{.title = "A"}, {.title = "B"}});
    table.add({"one\ttwo\nthree", "\x1b[2J"});
    return table.print(style, false);
  });
  EXPECT_EQ(text, "one\\ttwo\\nthree\t\\x1b[2J\n");
}

TEST(Style, ColorsOnlyWhereTheyAreWanted) {
  const auto colored = [](const Terminal& terminal, const std::vector<std::string>& options) {
    return with_style(terminal, options, [](const Style& style) { return style.toned(Tone::bad, "x"); }) !=
           "x";
  };
  EXPECT_TRUE(colored({.out = true}, {}));
  EXPECT_FALSE(colored({}, {}));
  EXPECT_TRUE(colored({}, {"--color", "always"}));
  EXPECT_FALSE(colored({.out = true}, {"--color=never"}));
  EXPECT_FALSE(colored({.out = true, .environment = {{"NO_COLOR", "1"}}}, {}));
  EXPECT_TRUE(colored({.out = true, .environment = {{"NO_COLOR", ""}}}, {}));
  EXPECT_FALSE(colored({.out = true, .environment = {{"TERM", "dumb"}}}, {}));
}

TEST(Style, FallsBackToAsciiWhereTheLocaleIsNotUtf8) {
  const auto ascii = [](const Terminal& terminal, const std::vector<std::string>& options) {
    return with_style(terminal, options, [](const Style& style) { return glyph("passed", style.ascii()); }) ==
           "+";
  };
  EXPECT_FALSE(ascii({}, {}));
  EXPECT_TRUE(ascii({}, {"--ascii"}));
  EXPECT_TRUE(ascii({.environment = {{"LANG", "C"}}}, {}));
  EXPECT_FALSE(ascii({.environment = {{"LANG", "C"}, {"LC_ALL", "de_DE.UTF-8"}}}, {}));
}

TEST(Style, TellsTimeRelativelyOnATerminalAndExactlyInAPipe) {
  const auto when = [](const Style& style) { return style.when(*parse_time("2026-11-25T14:07:17Z")); };
  EXPECT_EQ(with_style({.out = true}, {}, when), "3 s ago");
  EXPECT_EQ(with_style({}, {}, when), "2026-11-25T14:07:17.000Z");
}

}  // namespace
}  // namespace selfheal::cli
