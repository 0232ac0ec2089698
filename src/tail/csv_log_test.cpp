#include "tail/csv_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/limits.h"

namespace selfheal::tail {
namespace {

const Time kReadAt = *parse_time("2026-11-25T12:00:00Z");

// What PostgreSQL 15 writes.
std::string whole(const std::string& level, const std::string& message, const std::string& statement) {
  return fmt::format(
      R"(2026-11-25 08:23:08.752 UTC,"ann","shop",21821,"10.0.0.7:50122",6b065d39.553d,3,"SELECT",)"
      R"(2026-11-25 08:23:00 UTC,3/4,726,{},"{}","a detail","a hint","select 2",1,"a context","{}",15,)"
      R"("int4div, int.c:846","api","client backend",,-6001169402895556140)",
      level, message, statement);
}

std::vector<Result<LogRecord>> decode(const std::vector<std::string>& lines) {
  CsvLogDecoder decoder(ServerId("s"));
  std::vector<Result<LogRecord>> all;
  for (const auto& line : lines)
    for (auto& record : decoder.take({.text = line}, kReadAt)) all.push_back(std::move(record));
  for (auto& record : decoder.finish(kReadAt)) all.push_back(std::move(record));
  return all;
}

TEST(CsvLog, ReadsEveryField) {
  const auto records = decode({whole("ERROR,22012", "division by zero", "select 1/0")});
  ASSERT_EQ(records.size(), 1u);
  ASSERT_TRUE(records[0]) << records[0].error().message;
  const auto& event = records[0]->event;
  EXPECT_EQ(event.server, ServerId("s"));
  EXPECT_EQ(event.key.at, *parse_time("2026-11-25T08:23:08.752Z"));
  EXPECT_EQ(event.key.session_id, "6b065d39.553d");
  EXPECT_EQ(event.key.line_number, 3);
  EXPECT_EQ(event.session_start, *parse_time("2026-11-25T08:23:00Z"));
  EXPECT_EQ(event.user, "ann");
  EXPECT_EQ(event.database, "shop");
  EXPECT_EQ(event.pid, 21821);
  EXPECT_EQ(event.client_host, "10.0.0.7");
  EXPECT_EQ(event.level, "ERROR");
  EXPECT_EQ(event.sqlstate, "22012");
  EXPECT_EQ(event.message, "division by zero");
  EXPECT_EQ(event.detail, "a detail");
  EXPECT_EQ(event.hint, "a hint");
  EXPECT_EQ(event.internal_query, "select 2");
  EXPECT_EQ(event.context, "a context");
  EXPECT_EQ(event.statement, "select 1/0");
  EXPECT_EQ(event.routine, "int4div");
  EXPECT_EQ(event.application, "api");
  EXPECT_EQ(event.backend_type, "client backend");
  EXPECT_EQ(event.query_id, -6001169402895556140);
  EXPECT_FALSE(records[0]->cut);
  EXPECT_EQ(records[0]->time_source, LogRecord::TimeSource::zone);
}

TEST(CsvLog, ReadsFewerFieldsOfOlderServersAndOfTheServerItself) {
  const auto records = decode(
      {R"(2020-11-25 08:23:08.752 UTC,,,7,,5fbe0000.7,1,,2020-11-25 08:23:00 UTC,,0,LOG,00000,"ready",,,,,,,,,"")"});
  ASSERT_EQ(records.size(), 1u);
  ASSERT_TRUE(records[0]) << records[0].error().message;
  EXPECT_EQ(records[0]->event.message, "ready");
  EXPECT_EQ(records[0]->event.user, "");
  EXPECT_EQ(records[0]->event.backend_type, "");
}

TEST(CsvLog, KeepsStatementsOfSeveralLines) {
  const auto text = whole("ERROR,22012", R"(a ""b"", c)", "insert into \"\"T\"\"\n\nvalues ('\r', \"\"\n)");
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  ASSERT_EQ(lines.size(), 4u);
  const auto records = decode(lines);
  ASSERT_EQ(records.size(), 1u);
  ASSERT_TRUE(records[0]) << records[0].error().message;
  EXPECT_EQ(records[0]->event.message, R"(a "b", c)");
  EXPECT_EQ(records[0]->event.statement, "insert into \"T\"\n\nvalues ('\r', \"\n)");
  EXPECT_EQ(records[0]->event.routine, "int4div");
}

TEST(CsvLog, IsNotTakenInByARecordInsideAStatement) {
  auto fake = whole("FATAL,57P01", "not true", "x");
  for (auto at = fake.find('"'); at != fake.npos; at = fake.find('"', at + 2)) fake.insert(at, 1, '"');
  const auto unquoted =
      R"(2026-11-25 08:23:08.752 UTC,,,7,,5fbe0000.7,1,,2026-11-25 08:23:00 UTC,,0,PANIC,57P01,""x"",,,,,,,,,"""")";
  const auto real = whole("ERROR,22012", "true", "select '\n@");
  const auto at = real.find('\n');
  const auto end = real.find('@');
  const auto records = decode({real.substr(0, at), fake, unquoted, real.substr(end + 1)});
  ASSERT_EQ(records.size(), 1u);
  ASSERT_TRUE(records[0]);
  EXPECT_EQ(records[0]->event.message, "true");
}

TEST(CsvLog, FindsTheNextRecordBehindHalfAOne) {
  const auto half = whole("ERROR,22012", "half", "select");
  const auto records =
      decode({half.substr(0, half.find("a context") + 4), whole("ERROR,22012", "whole", "select 1")});
  ASSERT_EQ(records.size(), 2u);
  EXPECT_FALSE(records[0]);
  ASSERT_TRUE(records[1]);
  EXPECT_EQ(records[1]->event.message, "whole");
}

TEST(CsvLog, SavesARecordOnTheLineOfATornOneWhereverThatWasTorn) {
  const auto torn = whole("ERROR,22012", "division by zero", "select 1/0");
  const auto next = whole("ERROR,23505", "duplicate \"\"key\"\"", "insert ''");
  for (std::size_t kept = 1; kept + 1 < torn.size(); ++kept) {
    const auto records = decode({torn.substr(0, kept) + next, whole("ERROR,40P01", "deadlock detected", "")});
    std::vector<std::string> codes;
    for (const auto& record : records)
      if (record) codes.push_back(record->event.sqlstate);
    ASSERT_GE(codes.size(), 2U) << kept;
    EXPECT_EQ(codes.back(), "40P01") << kept;
    EXPECT_EQ(codes[codes.size() - 2], "23505") << kept;
  }
}

TEST(CsvLog, ReadsOfACutLineWhatIsThere) {
  CsvLogDecoder decoder(ServerId("s"));
  const auto text = whole("ERROR,22012", "cut", std::string(100, 'x'));
  auto records =
      decoder.take({.text = std::string_view(text).substr(0, text.find("xxx") + 50), .cut = true}, kReadAt);
  ASSERT_EQ(records.size(), 1u);
  ASSERT_TRUE(records[0]) << records[0].error().message;
  EXPECT_TRUE(records[0]->cut);
  EXPECT_EQ(records[0]->event.statement, std::string(50, 'x'));
  EXPECT_FALSE(decoder.is_pending());
}

TEST(CsvLog, CutsLongTextsBetweenCharacters) {
  std::string statement;
  for (std::size_t i = 0; i < kFieldBytes; ++i) statement += "\"\"ä";
  const auto records = decode({whole("ERROR,22012", "m", statement)});
  ASSERT_TRUE(records[0]) << records[0].error().message;
  EXPECT_LE(records[0]->event.statement.size(), kFieldBytes);
  EXPECT_GT(records[0]->event.statement.size(), kFieldBytes / 2);
}

TEST(CsvLog, KnowsTheWordsOfOtherLanguagesAndTheOffsetOfAbbreviations) {
  auto text = whole("FEHLER,22012", "Division durch Null", "x");
  for (auto at = text.find("08:23:08.752 UTC"); at != text.npos; at = text.npos)
    text.replace(at, 16, "09:23:08.752 CET");
  const auto at = text.find("2026-11-25 08:23:00 UTC");
  // 6b065d39 is 2026-11-25 03:59:53 in UTC.
  text.replace(at, 23, "2026-11-25 04:59:53 CET");
  const auto records = decode({text});
  ASSERT_TRUE(records[0]) << records[0].error().message;
  EXPECT_EQ(records[0]->event.level, "ERROR");
  EXPECT_EQ(records[0]->event.key.at, *parse_time("2026-11-25T08:23:08.752Z"));
  EXPECT_EQ(records[0]->time_source, LogRecord::TimeSource::session);
}

TEST(CsvLog, RefusesWhatIsNoRecordWithoutRepeatingIt) {
  const std::string good = whole("ERROR,22012", "secret", "x");
  const auto without = [&](const std::string& what, const std::string& with) {
    auto text = good;
    return text.replace(text.find(what), what.size(), with);
  };
  for (const auto& text :
       {std::string("secret"), std::string(), std::string(100, ','), without("6b065d39.553d", ""),
        without(",3,\"SELECT\"", ",secret,\"SELECT\""), without("21821", "secret"), without("ERROR", ""),
        without("2026-11-25 08:23:08.752 UTC", "secret"), without("\"a hint\"", "\"a hint\"secret"),
        good.substr(0, good.size() / 2)}) {
    const auto records = decode({text});
    ASSERT_EQ(records.size(), 1u) << text;
    ASSERT_FALSE(records[0]) << text;
    EXPECT_EQ(records[0].error().code, ErrorCode::invalid_input);
    EXPECT_EQ(records[0].error().message.find("secret"), std::string::npos) << records[0].error().message;
  }
}

}  // namespace
}  // namespace selfheal::tail
