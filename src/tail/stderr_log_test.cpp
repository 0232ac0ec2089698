#include "tail/stderr_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"
#include "tail/internal/severity_words.h"

namespace selfheal::tail {
namespace {

const Time kReadAt = parse_time("2027-01-01 00:00:00Z").value();
constexpr std::string_view kDebian = "%m [%p] %q%u@%d ";

struct Read {
  std::vector<LogRecord> records;
  std::vector<std::string> errors;
};

void add(Read& read, Decoded decoded) {
  for (auto& one : decoded) {
    if (one)
      read.records.push_back(std::move(*one));
    else
      read.errors.push_back(one.error().message);
  }
}

Read read_lines(std::string_view prefix, std::string_view text) {
  auto decoder = stderr_decoder(ServerId("s"), {.log_line_prefix = std::string(prefix)});
  Read read;
  std::uint64_t offset = 0;
  while (offset < text.size()) {
    const auto line = text.substr(offset, text.find('\n', offset) - offset);
    add(read, decoder->take({.text = line, .offset = offset}, kReadAt));
    offset += line.size() + 1;
  }
  add(read, decoder->finish(kReadAt));
  EXPECT_FALSE(decoder->is_pending());
  return read;
}

TEST(StderrLog, JoinsAllPartsOfAMessage) {
  const auto read = read_lines(
      kDebian,
      "2026-11-25 03:59:53.425 UTC [10699] app@shop ERROR:  duplicate key value violates unique constraint "
      "\"t_pkey\"\n"
      "2026-11-25 03:59:53.425 UTC [10699] app@shop DETAIL:  Key (id)=(1\n"
      "\tx) already exists.\n"
      "2026-11-25 03:59:53.425 UTC [10699] app@shop HINT:  h\n"
      "2026-11-25 03:59:53.425 UTC [10699] app@shop QUERY:  q\n"
      "2026-11-25 03:59:53.425 UTC [10699] app@shop CONTEXT:  one\n"
      "\ttwo\n"
      "2026-11-25 03:59:53.425 UTC [10699] app@shop STATEMENT:  insert into t\n"
      "\t\tvalues (1)\n"
      "2026-11-25 03:59:54.000 UTC [10690] LOG:  checkpoint starting: time\n");
  EXPECT_EQ(read.errors, std::vector<std::string>{});
  ASSERT_EQ(read.records.size(), 2U);
  const auto& event = read.records[0].event;
  EXPECT_EQ(event.server, ServerId("s"));
  EXPECT_EQ(event.level, "ERROR");
  EXPECT_EQ(event.sqlstate, "23505") << "from the sentence";
  EXPECT_EQ(event.message, "duplicate key value violates unique constraint \"t_pkey\"");
  EXPECT_EQ(event.detail, "Key (id)=(1\nx) already exists.");
  EXPECT_EQ(event.hint, "h");
  EXPECT_EQ(event.internal_query, "q");
  EXPECT_EQ(event.context, "one\ntwo");
  EXPECT_EQ(event.statement, "insert into t\n\tvalues (1)");
  EXPECT_EQ(event.user, "app");
  EXPECT_EQ(event.database, "shop");
  EXPECT_EQ(event.pid, 10699);
  EXPECT_EQ(event.key, (EventKey{parse_time("2026-11-25 03:59:53.425Z").value(), "", 1}));
  EXPECT_EQ(read.records[0].time_source, LogRecord::TimeSource::zone);
  EXPECT_EQ(read.records[1].event.level, "LOG");
  EXPECT_EQ(read.records[1].event.user, "");
}

TEST(StderrLog, ReadsVerboseMessages) {
  const auto read =
      read_lines("%m [%p] %c %l %s %Q %e %a %r %b ",
                 "2026-11-25 04:59:53.427 CET [10699] 6b065d39.29cb 6 2026-11-25 04:59:53 CET "
                 "-5452831241292520062 22012 "
                 "psql 10.0.0.7(50122) client backend ERROR:  22012: division by zero at character 8\n"
                 "2026-11-25 04:59:53.427 CET [10699] 6b065d39.29cb 7 2026-11-25 04:59:53 CET "
                 "-5452831241292520062 22012 "
                 "psql 10.0.0.7(50122) client backend LOCATION:  int4div, int.c:869\n");
  ASSERT_EQ(read.records.size(), 1U);
  const auto& event = read.records[0].event;
  EXPECT_EQ(event.message, "division by zero");
  EXPECT_EQ(event.sqlstate, "22012");
  EXPECT_EQ(event.routine, "int4div");
  EXPECT_EQ(event.query_id, -5452831241292520062);
  EXPECT_EQ(event.application, "psql");
  EXPECT_EQ(event.client_host, "10.0.0.7");
  EXPECT_EQ(event.backend_type, "client backend");
  EXPECT_EQ(event.key, (EventKey{parse_time("2026-11-25 03:59:53.427Z").value(), "6b065d39.29cb", 6}));
  EXPECT_EQ(event.session_start, parse_time("2026-11-25 03:59:53Z").value());
  EXPECT_EQ(read.records[0].time_source, LogRecord::TimeSource::session);
}

TEST(StderrLog, TakesACodeFromTheTextOnlyWhenTheMessageIsVerbose) {
  const auto plain = read_lines("", "ERROR:  42P01: said by RAISE\n");
  EXPECT_EQ(plain.records.at(0).event.message, "42P01: said by RAISE");
  EXPECT_EQ(plain.records.at(0).event.sqlstate, "");
  const auto verbose = read_lines("", "ERROR:  HTTPS: x\nLOCATION:  f, a.c:1\nERROR:  42P01: y\n");
  EXPECT_EQ(verbose.records.at(0).event.sqlstate, "HTTPS");
  EXPECT_EQ(verbose.records.at(1).event.sqlstate, "42P01") << "its LOCATION is not written yet";
  const auto other = read_lines("%e ", "P0001 ERROR:  42P01: y\nP0001 LOCATION:  f, a.c:1\n");
  EXPECT_EQ(other.records.at(0).event.sqlstate, "P0001");
  EXPECT_EQ(other.records.at(0).event.message, "42P01: y");
}

struct HeadCase {
  std::string_view prefix;
  std::string_view line;
  std::string_view user;
  std::string_view database;
  std::string_view application;
  std::string_view message;
};

TEST(StderrLog, ReadsHostileNamesRight) {
  constexpr std::string_view kRds = "%t:%r:%u@%d:[%p]:";
  const HeadCase cases[] = {
      {kDebian, "2026-11-25 03:59:53.425 UTC [9] a@b@shop ERROR:  x", "a@b", "shop", "", "x"},
      {kDebian, "2026-11-25 03:59:53.425 UTC [9] my user@my db ERROR:  x", "my user", "my db", "", "x"},
      {kDebian, "2026-11-25 03:59:53.425 UTC [9] ERROR:  x a@b ERROR:  y", "", "", "", "x a@b ERROR:  y"},
      {kDebian, "2026-11-25 03:59:53.425 UTC [9] [unknown]@[unknown] LOG:  x", "", "", "", "x"},
      {kDebian, "2026-11-25 03:59:53.425 UTC [9] a@b ERROR:  c@d ERROR:  y", "a", "b", "", "c@d ERROR:  y"},
      {"%a %u@%d ", "psql [1] a:b x@y bob@shop ERROR:  x", "bob", "shop", "psql [1] a:b x@y", "x"},
      {"app=%a,user=%u,db=%d ", "app=x,user=y,user=u,db=d ERROR:  m", "u", "d", "x,user=y", "m"},
      {"app=%a,user=%u,db=%d ", "app=,user=,db= LOG:  m", "", "", "", "m"},
      {kRds, "2026-11-25 03:59:53 UTC:10.0.0.7(5):a:b@c:[77]:ERROR:  m", "a:b", "c", "", "m"},
      {kRds, "2026-11-25 03:59:53 UTC::@:[77]:LOG:  m", "", "", "", "m"},
      {"%-10u|%10d|", "app       |      shop|ERROR:  m", "app", "shop", "", "m"},
      {"%-3u|%3d|", "longer|longer|ERROR:  m", "longer", "longer", "", "m"},
      {"%5p %u ", "  123 app ERROR:  m", "app", "", "", "m"},
      {"%-5p %u ", "123   app ERROR:  m", "app", "", "", "m"},
      {"%u%d ", "ab ERROR:  m", "ab", "", "", "m"},
      {"%c", "6b065d39.29cbERROR:  m", "", "", "", "m"},
      {"%% %z%u ", "% u ERROR:  m", "u", "", "", "m"},
      {"%u %", "u ERROR:  m", "u", "", "", "m"},
      {"%v %x %i %P %n %h %l %u ", "3/7 0 idle in transaction  1795665593.427 [local] 12 u ERROR:  m", "u",
       "", "", "m"},
      {"%v %x %i %P %n %u ", " 0 CREATE TABLE 88 1795665593.427 u ERROR:  m", "u", "", "", "m"},
  };
  for (const auto& c : cases) {
    const auto read = read_lines(c.prefix, c.line);
    ASSERT_EQ(read.records.size(), 1U) << c.line;
    const auto& event = read.records[0].event;
    EXPECT_EQ(event.user, c.user) << c.line;
    EXPECT_EQ(event.database, c.database) << c.line;
    EXPECT_EQ(event.application, c.application) << c.line;
    EXPECT_EQ(event.message, c.message) << c.line;
  }
}

TEST(StderrLog, RefusesLinesOfOtherPrograms) {
  const std::string_view foreign[] = {
      "waiting for server to start....",
      "cp: cannot stat 'x'",
      "2026-11-25 03:59:53.425 UTC [9] a@b",
      "2026-11-25 03:59:53.425 UTC [9] a@b SECRET:  x",
      "2026-11-25 03:59:53.425 [9] a@b ERROR:  x",
      "ERROR:  x",
      "\tcontinues nothing",
      "2026-11-25 03:59:53.425 UTC [9] a@b DETAIL:  of nothing",
  };
  for (const auto line : foreign) {
    const auto read = read_lines(kDebian, line);
    EXPECT_EQ(read.records.size(), 0U) << line;
    ASSERT_EQ(read.errors.size(), 1U) << line;
    EXPECT_EQ(read.errors[0].find("SECRET"), std::string::npos);
  }
}

TEST(StderrLog, KeepsForeignLinesOutOfAMessage) {
  const auto read = read_lines(kDebian,
                               "2026-11-25 03:59:53.425 UTC [9] a@b ERROR:  one\n"
                               "cp: cannot stat 'x'\n"
                               "\tnor this\n"
                               "2026-11-25 03:59:53.425 UTC [9] a@b STATEMENT:  select\n"
                               "\t1\n");
  ASSERT_EQ(read.records.size(), 1U);
  EXPECT_EQ(read.errors.size(), 2U);
  EXPECT_EQ(read.records[0].event.message, "one");
  EXPECT_EQ(read.records[0].event.statement, "select\n1");
}

TEST(StderrLog, FindsTheOwnerOfAPartWhenProcessesInterleave) {
  const auto read = read_lines(kDebian,
                               "2026-11-25 03:59:53.425 UTC [1] a@b ERROR:  one\n"
                               "2026-11-25 03:59:53.425 UTC [2] a@b ERROR:  two\n"
                               "2026-11-25 03:59:53.425 UTC [1] a@b DETAIL:  d1\n"
                               "2026-11-25 03:59:53.425 UTC [2] a@b STATEMENT:  s2\n"
                               "\tmore\n"
                               "2026-11-25 03:59:53.425 UTC [1] a@b STATEMENT:  s1\n"
                               "2026-11-25 03:59:53.425 UTC [2] a@b STATEMENT:  of a message we did not see\n"
                               "2026-11-25 03:59:53.425 UTC [1] a@b ERROR:  three\n");
  ASSERT_EQ(read.records.size(), 3U);
  EXPECT_EQ(read.records[0].event.detail, "d1");
  EXPECT_EQ(read.records[0].event.statement, "s1");
  EXPECT_EQ(read.records[1].event.statement, "s2\nmore");
  EXPECT_EQ(read.records[2].event.message, "three");
  EXPECT_EQ(read.errors.size(), 1U);
}

TEST(StderrLog, GoesOnBehindATornLine) {
  const auto read =
      read_lines(kDebian, "2026-11-25 03:59:53.4252026-11-25 04:00:01.000 UTC [10] LOG:  starting\n");
  ASSERT_EQ(read.records.size(), 1U);
  EXPECT_EQ(read.records[0].event.message, "starting");
  EXPECT_EQ(read.errors.size(), 1U);
}

TEST(StderrLog, GivesEverythingOutBeforeItBeginsTheNextMessage) {
  auto decoder = stderr_decoder(ServerId("s"), {.log_line_prefix = "[%p] "});
  std::size_t out = 0;
  for (int i = 1; i <= 100; ++i) {
    const auto line = fmt::format("[{}] LOG:  x", i);
    const auto decoded = decoder->take({.text = line}, kReadAt);
    EXPECT_TRUE(decoder->is_pending());
    if (decoded.empty()) continue;
    out += decoded.size();
    EXPECT_EQ(out, static_cast<std::size_t>(i - 1)) << "only this line may be pending";
  }
  EXPECT_GT(out, 80U);
}

TEST(StderrLog, CutsWhatIsTooLongBetweenCharacters) {
  std::string text = "ERROR:  x";
  while (text.size() < 3 * kFieldBytes) text += "é";
  text += "\nDETAIL:  d\n";
  for (std::size_t i = 0; i < kFieldBytes; ++i) text += "\t\xFF\n";
  const auto read = read_lines("", text);
  ASSERT_EQ(read.records.size(), 1U);
  EXPECT_TRUE(read.records[0].cut);
  EXPECT_EQ(read.records[0].event.message.size(), kFieldBytes - 1);
  EXPECT_TRUE(read.records[0].event.message.ends_with("é"));
  EXPECT_LE(read.records[0].event.detail.size(), kFieldBytes);
  EXPECT_TRUE(read.records[0].event.detail.starts_with("d\n\xEF\xBF\xBD"));
}

struct TimeCase {
  std::string_view prefix;
  std::string_view head;
  std::string_view at;
  LogRecord::TimeSource source;
};

TEST(StderrLog, KnowsTheTimeOfEveryKindOfPrefix) {
  using enum LogRecord::TimeSource;
  const TimeCase cases[] = {
      {"%m ", "2026-11-25 03:59:53.425 UTC ", "2026-11-25 03:59:53.425Z", zone},
      {"%t ", "2026-11-25 03:59:53 GMT ", "2026-11-25 03:59:53Z", zone},
      {"%t ", "2026-11-25 03:59:53 +0330 ", "2026-11-25 00:29:53Z", zone},
      {"%n ", "1795665593.425 ", "2026-11-26 03:59:53.425Z", zone},
      {"%m ", "2026-11-25 03:59:53.425 CET ", "2026-11-25 02:59:53.425Z", session},
      {"%m ", "2026-11-25 03:59:53.425 CST ", "2026-11-25 09:59:53.425Z", session},
      {"%m ", "2027-01-01 07:00:00.000 CST ", "2026-12-31 23:00:00Z", session},
      {"%m %s %c ", "2026-11-25 05:00:00.000 XYZ 2026-11-25 04:59:53 XYZ 6b065d39.29cb ",
       "2026-11-25 04:00:00Z", session},
      {"%m ", "2026-11-25 03:59:53.425 XYZ ", "2027-01-01 00:00:00Z", reading},
      {"%p ", "12 ", "2027-01-01 00:00:00Z", reading},
      {"%m ", "2026-13-45 03:59:53.425 UTC ", "2027-01-01 00:00:00Z", reading},
  };
  for (const auto& c : cases) {
    const auto read = read_lines(c.prefix, std::string(c.head) + "LOG:  x");
    ASSERT_EQ(read.records.size(), 1U) << c.head;
    EXPECT_EQ(to_rfc3339(read.records[0].event.key.at), to_rfc3339(parse_time(c.at).value())) << c.head;
    EXPECT_EQ(read.records[0].time_source, c.source) << c.head;
  }
}

TEST(StderrLog, NamesTheSessionAsTheOtherFormatsDo) {
  const auto read = read_lines("%s [%p] %l ", "2026-11-25 03:59:53 UTC [10699] 4 LOG:  x");
  EXPECT_EQ(read.records.at(0).event.key.session_id, "6b065d39.29cb");
  EXPECT_EQ(read.records.at(0).event.key.line_number, 4);
  const auto without = read_lines("[%p] %l ", "[10699] 4 LOG:  x\n[10699] 5 LOG:  y").records.at(1).event.key;
  EXPECT_EQ(without.session_id, "");
  EXPECT_EQ(without.line_number, 19) << "the offset, plus one";
  EXPECT_EQ(read_lines("%c ", "6b065d39.29cb LOG:  x").records.at(0).event.pid, 10699);
}

TEST(StderrLog, SpeaksTheServersLanguages) {
  for (const auto& [word, level] : severity_words()) {
    EXPECT_EQ(english_level(word), level);
    const auto read = read_lines("[%p] ", fmt::format("[1] {}:  m\n", word));
    ASSERT_EQ(read.records.size(), 1U) << word;
    EXPECT_EQ(read.records[0].event.level, level);
    EXPECT_EQ(read.records[0].event.message, "m");
  }
  for (const auto& [label, part] : part_labels()) {
    const auto found = label_at(std::string(label) + "x");
    ASSERT_TRUE(found) << label;
    EXPECT_EQ(found->part, part) << label;
    EXPECT_EQ(found->bytes, label.size());
  }
  for (const auto& [before, after] : position_words())
    EXPECT_EQ(without_position(fmt::format("m{}15{}", before, after)), "m");
  EXPECT_EQ(without_position("m at character"), "m at character");
  EXPECT_EQ(without_position("f(1)"), "f(1)");
  EXPECT_EQ(english_level("SECRET"), "");
}

}  // namespace
}  // namespace selfheal::tail
