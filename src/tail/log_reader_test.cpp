#include "tail/log_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "base/thread.h"
#include "tail/internal/routine_filter.h"

namespace selfheal::tail {
namespace {

std::string json_line(int number, const std::string& level, const std::string& rest) {
  return fmt::format(
      R"({{"timestamp":"2026-11-25 08:00:{:02}.000 UTC","user":"u","dbname":"d","pid":1,"session_id":"6b065d39.1",)"
      R"("line_num":{},"session_start":"2026-11-25 08:00:00 UTC","error_severity":"{}",{}}})"
      "\n",
      number % 60, number + 1, level, rest);
}

struct Read {
  Result<FileReading> result = failure("not read");
  std::vector<LogRecord> records;
  std::vector<Time> moments;
};

// Through a pipe, as standard input comes.
Read read(const std::string& text, LogReaderOptions options = {}) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe(ends.data()), 0);
  Thread writer("writer", 1u << 20, [&] {
    for (std::size_t at = 0; at < text.size();)
      at += static_cast<std::size_t>(
          ::write(ends[1], text.data() + at, std::min<std::size_t>(4096, text.size() - at)));
    close(ends[1]);
  });
  Read read;
  auto file = CompressedFile::adopt(ends[0], "a pipe");
  EXPECT_TRUE(file);
  read.result = read_log(*file, options,
                         {.record = [&](const LogRecord& record) { read.records.push_back(record); },
                          .moment = [&](Time at) { read.moments.push_back(at); },
                          .progress = {}});
  writer.join();
  return read;
}

TEST(LogReader, DecodesWhatMattersAndCountsTheRest) {
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += json_line(i, "LOG", R"("message":"duration: 0.1 ms  statement: select 1")");
    if (i % 10 == 5) text += json_line(i, "ERROR", R"("state_code":"22012","message":"division by zero")");
  }
  text += json_line(59, "LOG", R"("message":"checkpoint starting: time")");
  const auto all = read(text);
  ASSERT_TRUE(all.result) << all.result.error().message;
  EXPECT_EQ(all.result->format, LogFormat::jsonlog);
  EXPECT_EQ(all.result->lines, 56);
  EXPECT_EQ(all.result->records, 6);
  EXPECT_EQ(all.result->routine, 50);
  EXPECT_EQ(all.result->bytes, text.size());
  ASSERT_EQ(all.moments.size(), 2u);
  EXPECT_EQ(all.moments[0], *parse_time("2026-11-25T08:00:00Z"));
  EXPECT_EQ(all.moments[1], *parse_time("2026-11-25T08:00:49Z"));
  EXPECT_EQ(read(text, {.decode_routine = true}).records.size(), 56u);
}

TEST(LogReader, ReadsStderrWhosePrefixItIsToldOrGuesses) {
  // A process of the server's own has no user; that is how %q shows.
  std::string text = "2026-11-25 08:00:09.000 UTC [9] LOG:  checkpoint starting: time\n";
  for (int i = 10; i < 40; ++i)
    text += fmt::format(
        "2026-11-25 08:00:{0}.000 UTC [{0}] ann@shop LOG:  duration: 0.1 ms  statement: select\n\t{0}\n"
        "2026-11-25 08:00:{0}.500 UTC [{0}] ann@shop ERROR:  division by zero\n"
        "2026-11-25 08:00:{0}.500 UTC [{0}] ann@shop STATEMENT:  select 1 / 0,\n\t{0}\n",
        i);
  for (const std::string& prefix : {"%m [%p] %q%u@%d ", ""}) {
    const auto all = read(text, {.line_prefix = prefix});
    ASSERT_TRUE(all.result) << all.result.error().message;
    EXPECT_EQ(all.result->format, LogFormat::stderr_);
    EXPECT_EQ(all.result->line_prefix, "%m [%p] %q%u@%d ");
    EXPECT_EQ(all.result->lines, 151);
    EXPECT_EQ(all.result->routine, 30);
    EXPECT_EQ(all.result->malformed, 0);
    ASSERT_EQ(all.records.size(), 31u);
    EXPECT_EQ(all.records[1].event.statement, "select 1 / 0,\n10");
    EXPECT_EQ(all.records[1].event.sqlstate, "22012");
    EXPECT_EQ(all.records[1].event.database, "shop");
  }
}

TEST(LogReader, CountsWhatCannotBeReadAndGoesOn) {
  auto text =
      json_line(1, "ERROR", R"("message":"a")") + "rubbish\n" + json_line(2, "ERROR", R"("message":"b")");
  text.pop_back();  // the last line has no end
  const auto all = read(text);
  ASSERT_TRUE(all.result);
  EXPECT_EQ(all.result->lines, 3);
  EXPECT_EQ(all.result->malformed, 1);
  EXPECT_FALSE(all.result->malformed_why.empty());
  ASSERT_EQ(all.records.size(), 2u);
  EXPECT_EQ(all.records[1].event.message, "b");
}

TEST(LogReader, RefusesWhatIsNoLog) {
  for (const std::string& text :
       {std::string(), std::string("#!/bin/sh\necho\n"), std::string("a\0b:  c\n", 8)}) {
    const auto all = read(text);
    ASSERT_FALSE(all.result) << text;
    EXPECT_EQ(all.result.error().code, ErrorCode::invalid_input);
  }
}

TEST(LogReader, SeesTheFormatByTheContent) {
  const std::string csv =
      R"(2026-11-25 08:23:08.752 UTC,"u","d",1,"[local]",6b.1,3,"SELECT",2026-11-25 08:23:00 UTC,3/4,0,ERROR,22012,"division by zero",,,,,,"select 1/0",,,"psql","client backend",,0)";
  EXPECT_EQ(format_of(json_line(1, "LOG", R"("message":"a")")), LogFormat::jsonlog);
  EXPECT_EQ(format_of(csv + "\n"), LogFormat::csvlog);
  EXPECT_EQ(format_of("2026-11-25 08:23:08.752 UTC [1] u@d ERROR:  division, by, zero\n"),
            LogFormat::stderr_);
  EXPECT_EQ(format_of("half a line\n" + csv + "\n"), LogFormat::csvlog);
  EXPECT_EQ(format_of("no log\n"), std::nullopt);
}

struct Routine {
  LogFormat format;
  std::string line;
  bool taken;
};

TEST(RoutineFilter, TakesOnlyWhatNobodyCouldHaveMadeLookSo) {
  const std::string csv =
      "2026-11-25 08:23:08 UTC,\"{}\",\"d\",1,\"[local]\",6b.1,3,\"SELECT\",2026-11-25 08:23:00 "
      "UTC,3/4,0,{},\"{}\",,,,,,,,,\"app\",\"client backend\",,0";
  const Routine cases[] = {
      {LogFormat::jsonlog, json_line(1, "LOG", R"("message":"duration: 1 ms")"), true},
      {LogFormat::jsonlog, json_line(1, "ERROR", R"("message":"duration: 1 ms")"), false},
      {LogFormat::jsonlog, json_line(1, "LOG", R"("message":"process 1 still waiting for")"), false},
      {LogFormat::jsonlog,
       json_line(1, "ERROR", R"("message":"\"error_severity\":\"LOG\",\"message\":\"duration: 1")"), false},
      {LogFormat::csvlog, fmt::format(fmt::runtime(csv), "u", "LOG,00000", "duration: 1 ms"), true},
      {LogFormat::csvlog, fmt::format(fmt::runtime(csv), "u", "ERROR,22012", "duration: 1 ms"), false},
      {LogFormat::csvlog, fmt::format(fmt::runtime(csv), ",LOG,00000,\"\"duration: ", "ERROR,22012", "a"),
       false},
      {LogFormat::csvlog, fmt::format(fmt::runtime(csv), "u", "ERROR,22012", "a,LOG,00000,\"\"duration: "),
       false},
      {LogFormat::stderr_, "2026-11-25 [1] u@d LOG:  duration: 1 ms  statement: select 1", true},
      {LogFormat::stderr_, "2026-11-25 [1] u@d ERROR:  duration: 1 ms", false},
      {LogFormat::stderr_, "2026-11-25 [1] u LOG:  duration: @d ERROR:  a", false},
      {LogFormat::stderr_, "2026-11-25 [1] u@d LOG:  checkpoint starting: time", false},
      {LogFormat::stderr_, "2026-11-25 [1] u@d DETAIL:  a detail of nothing", false},
      {LogFormat::stderr_, "\tgoes on", false},
  };
  for (const auto& [format, line, taken] : cases) {
    const auto text = line.ends_with('\n') ? line.substr(0, line.size() - 1) : line;
    EXPECT_EQ(routine_filter(format)->takes({.text = text}), taken) << text;
  }
}

TEST(RoutineFilter, TakesWhatBelongsToARoutineRecordAndNothingElse) {
  auto csv = routine_filter(LogFormat::csvlog);
  EXPECT_TRUE(csv->takes({.text = R"(2026,"u",LOG,00000,"duration: 1 ms  statement: select)"}));
  EXPECT_FALSE(csv->was_whole());
  EXPECT_TRUE(csv->takes({.text = R"(2026,""u"",ERROR,22012,""not the start of a record)"}));
  EXPECT_TRUE(csv->takes({.text = R"(1",,,,,)"}));
  EXPECT_FALSE(csv->takes({.text = R"(2026,"u",ERROR,22012,"a")"}));
  EXPECT_EQ(csv->records(), 1);

  auto text = routine_filter(LogFormat::stderr_);
  EXPECT_TRUE(text->takes({.text = "2026 LOG:  duration: 1 ms  execute a: select"}));
  EXPECT_TRUE(text->takes({.text = "\t$1"}));
  EXPECT_TRUE(text->takes({.text = "2026 DETAIL:  parameters: $1 = '1'"}));
  EXPECT_FALSE(text->takes({.text = "2026 STATEMENT:  @ ERROR:  a name that is a word of ours"}));
  EXPECT_FALSE(text->takes({.text = "\tgoes on"}));
  EXPECT_FALSE(text->takes({.text = "2026 DETAIL:  of the error"}));
  EXPECT_EQ(text->records(), 1);
}

}  // namespace
}  // namespace selfheal::tail
