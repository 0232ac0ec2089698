#include "tail/stderr_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/child_process.h"
#include "support/client_session.h"
#include "support/temporary_postgres.h"
#include "tail/internal/severity_words.h"
#include "tail/json_log.h"

namespace selfheal::tail {
namespace {

namespace fs = std::filesystem;
using test::ClientSession;
using test::TemporaryPostgres;

std::vector<std::string> lines_in(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<ErrorEvent> stderr_events(const fs::path& file, const std::string& prefix) {
  const SystemClock clock;
  const auto decoder = stderr_decoder(ServerId("s"), {.log_line_prefix = prefix});
  std::vector<ErrorEvent> events;
  const auto add = [&](Decoded decoded, const std::string& line = "the end") {
    for (auto& one : decoded) {
      EXPECT_TRUE(one.has_value()) << one.error().message << ": " << line;
      if (one) events.push_back(std::move(one->event));
    }
  };
  const auto lines = lines_in(file);
  for (const auto& line : lines) add(decoder->take({.text = line}, clock.now()), line);
  add(decoder->finish(clock.now()));
  return events;
}

std::vector<ErrorEvent> json_events(const fs::path& file) {
  JsonLogDecoder decoder{ServerId("s")};
  std::vector<ErrorEvent> events;
  for (const auto& line : lines_in(file)) {
    auto record = decoder.decode({.text = line}, Time{});
    EXPECT_TRUE(record.has_value()) << record.error().message;
    if (!record) continue;
    const auto level = english_level(record->event.level);
    record->event.level = level.empty() ? record->event.level : level;
    events.push_back(std::move(record->event));
  }
  return events;
}

// Both logs have the same errors in the order of each process; the files may differ in how they are mixed.
std::map<int, std::vector<ErrorEvent>> errors_by_process(const std::vector<ErrorEvent>& events) {
  std::map<int, std::vector<ErrorEvent>> errors;
  for (const auto& event : events)
    if (event.level == "ERROR" || event.level == "FATAL" || event.level == "WARNING")
      errors[event.pid].push_back(event);
  return errors;
}

struct Server {
  std::string name;
  std::string prefix;
  std::map<std::string, std::string> settings;
  fs::path locales = {};
};

void make_troubles(const TemporaryPostgres& server) {
  ClientSession session(server.conninfo() + " application_name='a b: [1] x@y ERROR'");
  session.exec("CREATE TABLE t(id int PRIMARY KEY, note text)");
  session.exec("INSERT INTO t VALUES (1)");
  session.exec("INSERT INTO t\n\tVALUES (1)\n");
  session.exec("SELECT missing FROM t");
  session.exec("SELEC\n\n1");
  session.exec("SELECT 1/0");
  session.exec("DO $$ BEGIN EXECUTE 'SELECT 1/0'; END $$");
  session.exec(
      "DO $$ BEGIN RAISE EXCEPTION E'first\\nsecond\\n\\nlast' USING DETAIL = E'd1\\nd2', HINT = 'h'; END "
      "$$");
  session.exec("DO $$ BEGIN RAISE EXCEPTION '42P01: borrowed' USING ERRCODE = 'SH001'; END $$");
  session.exec("DO $$ BEGIN PERFORM * FROM nowhere; END $$");
  session.exec("DO $$ BEGIN RAISE WARNING 'careful'; END $$");
  session.exec("CREATE ROLE \"odd name@x\" LOGIN");
  session.exec("CREATE DATABASE \"odd: db\"");
  ClientSession odd(server.conninfo("'odd: db'", "'odd name@x'"));
  odd.exec("SELECT * FROM pg_authid");
}

void expect_alike(const ErrorEvent& text, const ErrorEvent& json, const Server& as) {
  const auto knows = [&](std::string_view escape) { return as.prefix.contains(escape); };
  SCOPED_TRACE(as.name + ": " + json.message);
  EXPECT_EQ(text.level, json.level);
  EXPECT_EQ(text.message, json.message);
  EXPECT_EQ(text.detail, json.detail);
  EXPECT_EQ(text.hint, json.hint);
  EXPECT_EQ(text.context, json.context);
  EXPECT_EQ(text.internal_query, json.internal_query);
  EXPECT_EQ(text.statement, json.statement);
  // The server's own processes stop at %q.
  if ((knows("%e") && !json.user.empty()) || as.settings.contains("log_error_verbosity"))
    EXPECT_EQ(text.sqlstate, json.sqlstate);
  if (!text.sqlstate.empty()) EXPECT_EQ(text.sqlstate, json.sqlstate);
  if (as.settings.contains("log_error_verbosity")) EXPECT_EQ(text.routine, json.routine);
  if (knows("%u")) EXPECT_EQ(text.user, json.user);
  if (knows("%d")) EXPECT_EQ(text.database, json.database);
  if (knows("%a")) EXPECT_EQ(text.application, json.application);
  if (knows("%b")) EXPECT_EQ(text.backend_type, json.backend_type);
  if (knows("%h") || knows("%r")) EXPECT_EQ(text.client_host, json.client_host);
  if (knows("%Q")) EXPECT_EQ(text.query_id, json.query_id);
  if (knows("%c")) EXPECT_EQ(text.key.session_id, json.key.session_id);
  if (knows("%m") || knows("%n")) EXPECT_EQ(text.key.at, json.key.at);
  if (knows("%t")) EXPECT_EQ(text.key.at, std::chrono::floor<std::chrono::seconds>(json.key.at));
}

std::size_t compare(const Server& as) {
  auto settings = as.settings;
  settings["log_destination"] = "stderr,jsonlog";
  settings["log_line_prefix"] = as.prefix;
  if (!settings.contains("log_error_verbosity")) settings["log_error_verbosity"] = "default";
  settings["log_min_messages"] = "warning";
  TemporaryPostgres server({.settings = settings, .locales = as.locales});
  make_troubles(server);
  server.stop();
  const auto text = stderr_events(server.log_directory() / "postgresql.log", as.prefix);
  const auto json = json_events(server.log_directory() / "postgresql.json");
  const auto text_errors = errors_by_process(text);
  const auto json_errors = errors_by_process(json);
  std::size_t compared = 0;
  EXPECT_EQ(text_errors.size(), json_errors.size()) << as.name;
  for (const auto& [pid, errors] : json_errors) {
    const auto same = text_errors.find(pid);
    if (same == text_errors.end() || same->second.size() != errors.size()) {
      ADD_FAILURE() << as.name << ": process " << pid << " has other errors";
      continue;
    }
    for (std::size_t i = 0; i < errors.size(); ++i, ++compared) expect_alike(same->second[i], errors[i], as);
  }
  return compared;
}

TEST(StderrLogOfAServer, SaysWhatTheJsonLogSays) {
  const Server servers[] = {
      {"Debian", "%m [%p] %q%u@%d ", {}},
      {"Debian with code", "%m [%p] %q%e %u@%d ", {{"log_timezone", "Europe/Berlin"}}},
      {"RDS", "%t:%r:%u@%d:[%p]:", {{"log_timezone", "UTC"}}},
      {"everything",
       "%m|%n|%s|%c|%l|%p|%P|%e|%i|%v|%x|%Q|%b|%h|%r|%u|%d|%a| ",
       {{"log_error_verbosity", "verbose"}, {"log_timezone", "Asia/Kolkata"}}},
      {"padded", "%-30u|%12d|%8p|%-6l|%60a|%-20b|%e ", {}},
      {"pgBadger", "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", {{"log_error_verbosity", "verbose"}}},
  };
  for (const auto& server : servers) EXPECT_GE(compare(server), 9U) << server.name;
}

// A directory of locales, which need not be installed.
class Locales {
 public:
  Locales() { fs::create_directories(directory_); }
  ~Locales() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  const fs::path& directory() const { return directory_; }
  bool make(const std::string& locale) const {
    const SystemClock clock;
    const Program program{.arguments = {"/usr/bin/localedef", "-i", locale, "-f", "UTF-8", "--no-archive",
                                        directory_ / (locale + ".utf8")}};
    const auto end = run_program(program, clock, clock.deadline_in(60s));
    return end && end->exit_code <= 1;  // 1: with warnings
  }

 private:
  fs::path directory_ = fs::temp_directory_path() / fmt::format("sht-locales-{}", getpid());
};

TEST(StderrLogOfAServer, SaysTheSameInOtherLanguages) {
  const Locales locales;
  for (const auto* locale : {"de_DE", "fr_FR", "ja_JP", "ru_RU", "es_ES"}) {
    ASSERT_TRUE(locales.make(locale)) << locale;
    Server server{.name = locale,
                  .prefix = "%m [%p] %q%u@%d %e ",
                  .settings = {{"lc_messages", std::string(locale) + ".utf8"}},
                  .locales = locales.directory()};
    if (server.name == "fr_FR") server.settings["log_error_verbosity"] = "verbose";
    EXPECT_GE(compare(server), 9U) << locale;
  }
}

}  // namespace
}  // namespace selfheal::tail
