#include "server/report_read.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/command.h"

namespace selfheal::server {
namespace {

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

class ReportReadTest : public testing::Test {
 protected:
  ReportReadTest() { std::filesystem::create_directory(directory_); }
  ~ReportReadTest() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }

  Ran run(std::vector<std::string> line, bool terminal = false) {
    SystemClock clock;
    std::ostringstream out, err;
    std::istringstream in;
    cli::Streams streams{
        .out = out,
        .err = err,
        .in = in,
        .clock = clock,
        .out_is_terminal = terminal,
        .width = 100,
        .environment = [](const std::string&) -> std::optional<std::string> { return "dumb"; },
        .pause = [](Duration) { return false; }};
    line.insert(line.begin(), {"report", "read"});
    std::vector<const char*> arguments;
    for (const auto& word : line) arguments.push_back(word.c_str());
    const std::vector<cli::Command> commands = {report_read_command()};
    const int code = cli::run(arguments, commands, streams);
    return {code, out.str(), err.str()};
  }

  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / fmt::format("selfheal-report-{}", getpid());
};

std::string record(int second, const std::string& level, const std::string& sqlstate,
                   const std::string& message, const std::string& statement) {
  return fmt::format(
      R"({{"timestamp":"2026-11-25 08:00:{:02}.000 UTC","user":"u","dbname":"d","pid":1,"session_id":"6b065d39.1",)"
      R"("line_num":{},"session_start":"2026-11-25 08:00:00 UTC","error_severity":"{}","state_code":"{}",)"
      R"("message":"{}","statement":"{}"}})"
      "\n",
      second, second + 1, level, sqlstate, message, statement);
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += record(i, "ERROR", "23505", R"(duplicate key value violates unique constraint \"orders_pkey\")",
                   fmt::format("insert into orders values ({}, 'ann@example.org')", i));
  text += record(30, "ERROR", "42P01", R"(relation \"nothing\" does not exist)", "select * from nothing");
  text += record(40, "LOG", "00000", "process 7 still waiting for ShareLock on transaction 9 after 1000.1 ms",
                 "");
  return text;
}

TEST_F(ReportReadTest, ShowsTheFamiliesOnATerminalWithoutValues) {
  const auto ran = run({write("a.json", sample())}, true);
  EXPECT_EQ(ran.code, cli::kOk) << ran.err;
  for (const auto* part : {"22 lines", "21 errors", "2026-11-25T08:00:00.000Z to 2026-11-25T08:00:40.000Z",
                           "DUPLICATE_DATA", "95.2 %", "23505", "unique_violation", "orders_pkey",
                           "insert into orders values (?, …)", "sequence_behind_table", "waits for locks"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << " is not in\n" << ran.out;
  EXPECT_EQ(ran.out.find("ann@example.org"), std::string::npos) << ran.out;
  EXPECT_NE(run({write("a.json", sample()), "--raw"}, true).out.find("ann@example.org"), std::string::npos);
}

TEST_F(ReportReadTest, GivesRowsInAPipeAndJson) {
  const auto file = write("a.json", sample());
  const auto rows = run({file, "--top", "1"}).out;
  EXPECT_NE(rows.find("\nfamily\t1\t20\t95.2 %\t23505\t"), std::string::npos) << rows;
  EXPECT_EQ(rows.find("\nfamily\t2"), std::string::npos) << rows;
  EXPECT_NE(rows.find("\nnotable\t1\t"), std::string::npos) << rows;

  const auto value = boost::json::parse(run({file, "--json", "--timing"}).out);
  EXPECT_EQ(value.at("errors"), 21);
  EXPECT_EQ(value.at("families").at(0).at("family"), "v1|23505|constraint=orders_pkey");
  EXPECT_EQ(value.at("families").at(0).at("count"), 20);
  EXPECT_EQ(value.at("families").at(0).at("statements"), 1);
  EXPECT_EQ(value.at("notable").at(0).at("name"), "lock_wait");
  EXPECT_EQ(value.at("files").at(0).at("format"), "jsonlog");
  EXPECT_TRUE(value.at("timing").is_object());
}

TEST_F(ReportReadTest, KeepsToTheTimeThatWasAskedFor) {
  const auto file = write("a.json", sample());
  const auto value = boost::json::parse(
      run({file, "--json", "--since", "2026-11-25 08:00:05", "--until", "2026-11-25T08:00:10Z"}).out);
  EXPECT_EQ(value.at("errors"), 5);
  EXPECT_EQ(run({file, "--since", "yesterday"}).code, cli::kUsage);
}

TEST_F(ReportReadTest, ReadsADirectoryInTheOrderOfItsFilesAndOneFormatOnly) {
  const auto older = write("1.json", record(1, "ERROR", "22012", "division by zero", ""));
  write("2.json", record(2, "ERROR", "22012", "division by zero", ""));
  write("2.log", "2026-11-25 08:00:02 UTC [1] ERROR:  division by zero\n");
  std::filesystem::last_write_time(older, std::filesystem::last_write_time(older) - std::chrono::hours(1));
  const auto value = boost::json::parse(run({directory_.string(), "--json"}).out);
  EXPECT_EQ(value.at("errors"), 2);
  EXPECT_EQ(value.at("files").as_array().size(), 2u);
  EXPECT_EQ(value.at("files").at(0).at("name").as_string(), older);
  EXPECT_EQ(value.at("notes").as_array().size(), 1u);
}

TEST_F(ReportReadTest, SaysWhatItCannotReadAndReadsTheRest) {
  const auto good = write("good.json", sample());
  const auto ran = run({(directory_ / "missing").string(), good, write("empty.json", ""),
                        write("binary", std::string("\x7f"
                                                    "ELF\0\0",
                                                    6))});
  EXPECT_EQ(ran.code, cli::kFailed);
  EXPECT_NE(ran.err.find("missing: No such file or directory"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("empty.json: the file is empty"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("binary: this is no text"), std::string::npos) << ran.err;
  EXPECT_NE(ran.out.find("\nfamily\t1\t20\t"), std::string::npos) << ran.out;

  const auto none = run({(directory_ / "missing").string()});
  EXPECT_EQ(none.code, cli::kFailed);
  EXPECT_EQ(none.out, "");
  EXPECT_EQ(run({}).code, cli::kUsage);
  EXPECT_EQ(run({good, "--top", "-1"}).code, cli::kUsage);
  EXPECT_EQ(run({good, "--format", "syslog"}).code, cli::kUsage);
}

}  // namespace
}  // namespace selfheal::server
