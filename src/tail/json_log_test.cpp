#include "tail/json_log.h"

#include <gtest/gtest.h>

#include <string>

#include "base/limits.h"
#include "tail/internal/line_splitter.h"

namespace selfheal::tail {
namespace {

// Lines of PostgreSQL 15.20 with log_error_verbosity = verbose; log_timezone was UTC, and Europe/Berlin in
// kBerlin.
constexpr std::string_view kDuplicate =
    R"log({"timestamp":"2026-11-25 03:59:53.425 UTC","user":"postgres","dbname":"shop","pid":10699,"remote_host":"10.0.0.7","remote_port":50122,"session_id":"6b065d39.29cb","line_num":3,"ps":"INSERT","session_start":"2026-11-25 03:59:53 UTC","vxid":"3/4","txid":726,"error_severity":"ERROR","state_code":"23505","message":"duplicate key value violates unique constraint \"t_pkey\"","detail":"Key (id)=(1) already exists.","statement":"insert into t values(1,'b\"q\\x é')","func_name":"_bt_check_unique","file_name":"nbtinsert.c","file_line_num":664,"application_name":"psql","backend_type":"client backend","query_id":6001169402895556140})log";
constexpr std::string_view kBerlin =
    R"log({"timestamp":"2026-11-25 04:59:53.427 CET","user":"postgres","dbname":"postgres","pid":10699,"remote_host":"[local]","session_id":"6b065d39.29cb","line_num":6,"ps":"DO","session_start":"2026-11-25 04:59:53 CET","vxid":"3/7","txid":0,"error_severity":"ERROR","state_code":"22012","message":"division by zero","context":"SQL statement \"select 1/0\"\nPL/pgSQL function inline_code_block line 1 at EXECUTE","statement":"do $$ begin execute 'select 1/0'; end $$","func_name":"int4div","file_name":"int.c","file_line_num":869,"application_name":"psql","backend_type":"client backend","query_id":-5452831241292520062})log";
constexpr std::string_view kStartup =
    R"log({"timestamp":"2026-11-25 03:59:53.307 UTC","pid":10690,"session_id":"6b065d39.29c2","line_num":1,"session_start":"2026-11-25 03:59:53 UTC","txid":0,"error_severity":"LOG","message":"ending log output to stderr","hint":"Future log output will go to log destination \"jsonlog\".","func_name":"PostmasterMain","file_name":"postmaster.c","file_line_num":1189,"backend_type":"postmaster","query_id":0})log";

const Time kReadAt = parse_time("2027-01-01 00:00:00Z").value();

Result<LogRecord> decode(std::string_view line, bool cut = false) {
  return JsonLogDecoder(ServerId("orders-1")).decode({line, cut}, kReadAt);
}

std::string replaced(std::string_view line, std::string_view from, std::string_view to) {
  std::string text(line);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(JsonLog, ReadsEveryFieldOfAnError) {
  const auto record = decode(kDuplicate);
  ASSERT_TRUE(record) << record.error().message;
  const auto& event = record->event;
  EXPECT_EQ(event.server, ServerId("orders-1"));
  EXPECT_EQ(event.intake, selfheal::Intake::log);
  EXPECT_EQ(event.key, (EventKey{parse_time("2026-11-25 03:59:53.425Z").value(), "6b065d39.29cb", 3}));
  EXPECT_EQ(event.sqlstate, "23505");
  EXPECT_EQ(event.level, "ERROR");
  EXPECT_EQ(event.message, R"(duplicate key value violates unique constraint "t_pkey")");
  EXPECT_EQ(event.detail, "Key (id)=(1) already exists.");
  EXPECT_EQ(event.statement, R"(insert into t values(1,'b"q\x é'))");
  EXPECT_EQ(event.database, "shop");
  EXPECT_EQ(event.user, "postgres");
  EXPECT_EQ(event.application, "psql");
  EXPECT_EQ(event.client_host, "10.0.0.7");
  EXPECT_EQ(event.backend_type, "client backend");
  EXPECT_EQ(event.routine, "_bt_check_unique");
  EXPECT_EQ(event.query_id, 6001169402895556140);
  EXPECT_EQ(event.pid, 10699);
  EXPECT_EQ(event.session_start, parse_time("2026-11-25 03:59:53Z").value());
  EXPECT_EQ(record->time_source, LogRecord::TimeSource::zone);
  EXPECT_FALSE(record->cut);
}

TEST(JsonLog, ReadsLinesWithoutUserOrSqlState) {
  const auto record = decode(kStartup);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->event.level, "LOG");
  EXPECT_EQ(record->event.sqlstate, "");
  EXPECT_EQ(record->event.hint, R"(Future log output will go to log destination "jsonlog".)");
}

TEST(JsonLog, ComputesTheTimeFromTheSessionWhenTheZoneIsAnAbbreviation) {
  const auto record = decode(kBerlin);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->event.key.at, parse_time("2026-11-25 03:59:53.427Z").value());
  EXPECT_EQ(record->event.session_start, parse_time("2026-11-25 03:59:53Z").value());
  EXPECT_EQ(record->time_source, LogRecord::TimeSource::session);
  EXPECT_EQ(record->event.query_id, -5452831241292520062);
  EXPECT_EQ(record->event.context,
            "SQL statement \"select 1/0\"\nPL/pgSQL function inline_code_block line 1 at EXECUTE");
}

TEST(JsonLog, KnowsTheNewOffsetForASessionOlderThanTheChangeOfTheClocks) {
  // Began at 04:59:53 CET, one hour ahead of UTC; the line is from summer.
  const auto summer = replaced(kBerlin, "2026-11-25 04:59:53.427 CET", "2027-07-01 12:00:00.000 CEST");
  JsonLogDecoder decoder(ServerId("s"));
  EXPECT_EQ(decoder.decode({summer, false}, kReadAt)->event.key.at,
            parse_time("2027-07-01 11:00:00Z").value());
  // A younger session, whose lines name the summer zone only, teaches its offset.
  auto young = replaced(summer, "2026-11-25 04:59:53 CET", "2027-07-01 11:30:00 CEST");
  const auto epoch = parse_time("2027-07-01 09:30:00Z").value().time_since_epoch();
  young = replaced(young, "6b065d39",
                   fmt::format("{:x}", std::chrono::floor<std::chrono::seconds>(epoch).count()));
  EXPECT_EQ(decoder.decode({young, false}, kReadAt)->event.key.at,
            parse_time("2027-07-01 10:00:00Z").value());
  EXPECT_EQ(decoder.decode({summer, false}, kReadAt)->event.key.at,
            parse_time("2027-07-01 10:00:00Z").value());
}

TEST(JsonLog, TakesTheTimeOfReadingWhenNothingElseIsLeft) {
  const auto record = decode(replaced(kBerlin, "6b065d39.29cb", "something"));
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->event.key.at, kReadAt);
  EXPECT_EQ(record->time_source, LogRecord::TimeSource::reading);
}

TEST(JsonLog, ReplacesBytesOfOtherEncodingsAndZeroCharacters) {
  // A database in LATIN1 writes its own encoding into the log.
  const auto record =
      decode(replaced(replaced(kDuplicate, "t_pkey", "t_\xE9key"), "already exists", "a\\u0000b"));
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->event.message, "duplicate key value violates unique constraint \"t_\xEF\xBF\xBDkey\"");
  EXPECT_EQ(record->event.detail,
            "Key (id)=(1) a\xEF\xBF\xBD"
            "b.");
}

TEST(JsonLog, CutsFieldsBetweenCharacters) {
  std::string text = "x";
  while (text.size() < kFieldBytes + 10) text += "é";
  const auto record = decode(replaced(kDuplicate, "Key (id)=(1) already exists.", text));
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->event.detail.size(), kFieldBytes - 1);
  EXPECT_TRUE(record->event.detail.ends_with("é"));
}

TEST(JsonLog, KeepsWhatStandsBeforeTheCut) {
  const std::string line(kDuplicate);
  const auto message_end = line.find("\",\"detail\"");
  int recognised = 0;
  for (std::size_t bytes = 1; bytes < line.size(); ++bytes) {
    const auto record = decode(line.substr(0, bytes), true);
    if (!record) {
      EXPECT_LT(bytes, line.find("state_code")) << record.error().message;
      continue;
    }
    ++recognised;
    EXPECT_TRUE(record->cut);
    EXPECT_EQ(record->event.key.session_id, "6b065d39.29cb");
    EXPECT_EQ(record->event.key.line_number, 3);
    EXPECT_TRUE(bytes <= message_end || record->event.sqlstate == "23505") << bytes;
  }
  EXPECT_GT(recognised, 200);
}

struct Damage {
  std::string_view what;
  std::string line;
  std::string_view named;  // part of the message
};

TEST(JsonLog, RefusesDamagedLinesAndSaysWhereWithoutContent) {
  const std::string good(kDuplicate);
  const std::vector<Damage> damages = {
      {"nothing", "", "at byte 0"},
      {"blanks", "   ", "jsonlog line"},
      {"plain text", "LOG:  secret plain text", "not one JSON object"},
      {"an array", "[1,2]", "not one JSON object"},
      {"half a line", good.substr(0, 300), "at byte 300"},
      {"two objects", good + good, "something follows the object"},
      {"text behind", good + " x", "not one JSON object"},
      {"zero bytes", std::string(64, '\0'), "jsonlog line"},
      {"zero byte inside", replaced(good, "duplicate", std::string(1, '\0')), "at byte"},
      {"number for text", replaced(good, "\"23505\"", "23505"), "state_code"},
      {"text for number", replaced(good, "10699", "\"10699\""), "pid"},
      {"fraction for number", replaced(good, "10699", "1.5"), "pid"},
      {"huge number", replaced(good, "10699", "99999999999999999999"), "pid"},
      {"pid beyond int", replaced(good, "10699", "4294967296"), "pid is out of range"},
      {"negative line", replaced(good, "\"line_num\":3", "\"line_num\":-3"), "line_num"},
      {"no time", replaced(good, "timestamp", "timestump"), "timestamp is missing"},
      {"a bad time", replaced(good, "2026-11-25 03:59:53.425 UTC", "secret"), "timestamp is not a moment"},
      {"no session", replaced(good, "session_id", "session_ix"), "session_id is missing"},
      {"no line number", replaced(good, "line_num", "line_nux"), "line_num is missing"},
      {"no level", replaced(good, "error_severity", "error_severitx"), "error_severity is missing"},
      {"bad escape", replaced(good, "\\\"t_pkey", "\\qt_pkey"), "message"},
  };
  for (const auto& damage : damages) {
    const auto record = decode(damage.line);
    ASSERT_FALSE(record) << damage.what;
    EXPECT_EQ(record.error().code, ErrorCode::invalid_input) << damage.what;
    EXPECT_NE(record.error().message.find(damage.named), std::string::npos)
        << damage.what << ": " << record.error().message;
    for (const auto* secret : {"secret", "t_pkey", "insert into"})
      EXPECT_EQ(record.error().message.find(secret), std::string::npos) << damage.what;
  }
}

TEST(JsonLog, IgnoresKeysItDoesNotKnow) {
  const auto record =
      decode(replaced(kDuplicate, "\"ps\":\"INSERT\"", R"("future":{"a":[1,{"b":null}]},"ps":[])"));
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->event.sqlstate, "23505");
}

TEST(JsonLog, FindsTheWholeRecordBehindATornOne) {
  const std::string torn(kDuplicate.substr(0, 250));
  EXPECT_EQ(last_record_start(torn + std::string(kDuplicate)), torn.size());
  EXPECT_EQ(last_record_start(kDuplicate), std::string_view::npos);
  // Text that looks like a record is escaped inside of one.
  EXPECT_EQ(last_record_start(R"({"message":"{\"timestamp\":\""})"), std::string_view::npos);
}

TEST(LineSplitter, GivesTheSameLinesHoweverTheBytesAreSliced) {
  const std::string longest(kLogLineBytes, 'l');
  const std::string text = "one\n\ntwo\r\n" + longest + "\n" + longest + "X\n" + longest + longest + "\nlast";
  for (const std::size_t slice :
       {std::size_t{1} << 30, std::size_t{1000}, std::size_t{65536}, kLogLineBytes + 3}) {
    LineSplitter splitter;
    std::vector<std::pair<std::size_t, bool>> lines;
    std::uint64_t consumed = 0;
    for (std::size_t at = 0; at < text.size(); at += slice) {
      splitter.feed(std::string_view(text).substr(at, slice));
      while (const auto line = splitter.next()) lines.emplace_back(line->text.size(), line->cut);
      consumed = std::min(at + slice, text.size()) - splitter.pending_bytes();
      EXPECT_TRUE(consumed == 0 || text[consumed - 1] == '\n');
    }
    EXPECT_EQ(lines, (std::vector<std::pair<std::size_t, bool>>{{3, false},
                                                                {0, false},
                                                                {4, false},
                                                                {kLogLineBytes, false},
                                                                {kLogLineBytes, true},
                                                                {kLogLineBytes, true}}));
    EXPECT_EQ(splitter.rest()->text, "last");
    EXPECT_EQ(splitter.pending_bytes(), 0U);
    EXPECT_FALSE(splitter.rest());
  }
}

}  // namespace
}  // namespace selfheal::tail
