#include "tail/log_mirror.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "support/client_session.h"
#include "support/temporary_postgres.h"

namespace selfheal::tail {
namespace {

namespace fs = std::filesystem;
using test::ClientSession;
using test::TemporaryPostgres;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

class Mirror : public ::testing::Test {
 public:
  ~Mirror() override { fs::remove_all(directory); }

 protected:
  Mirror() {
    std::string name = (fs::temp_directory_path() / "selfheal-mirror-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    admin.exec("CREATE ROLE reader LOGIN; GRANT pg_monitor TO reader");
  }
  void grant() {
    ASSERT_TRUE(
        admin.exec("GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) TO reader")
            .ok);
  }
  void err(const std::string& name) { admin.exec("SELECT * FROM \"" + name + "\""); }

  // Turns a mirror until `done`, then ends it as a killed process would.
  template <class Done>
  bool run_until(Done done, Duration limit = 15s) {
    asio::io_context context{1};
    TaskGroup tasks(context.get_executor());
    LogMirror mirror({.server = "s",
                      .target = {.conninfo_without_password = server.conninfo("postgres", "reader")},
                      .directory = directory,
                      .stored_before = [this] { return stored_before; }},
                     clock);
    tasks.spawn("mirror", mirror.run());
    const auto end = clock.steady_now() + limit;
    while (!done() && clock.steady_now() < end) {
      context.restart();
      context.run_one_until(std::min(end, clock.steady_now() + 5ms));
      trouble = mirror.trouble();
    }
    asio::co_spawn(context, tasks.stop(), [](std::exception_ptr) {});
    context.restart();
    context.run();
    return done();
  }
  // All that was fetched, files in the order of their names.
  std::string fetched() const {
    std::map<std::string, std::string> texts;
    for (const auto& entry : fs::directory_iterator(directory))
      if (!entry.path().filename().string().starts_with("selfheal."))
        texts[entry.path().filename()] = text_of(entry.path());
    std::string all;
    for (const auto& [_, text] : texts) all += text;
    return all;
  }
  bool has(const std::string& name) const { return fetched().contains(fmt::format("\\\"{}\\\"", name)); }
  bool is_begun() const { return fs::exists(directory / "selfheal.mirror"); }

  TemporaryPostgres server;
  ClientSession admin{server.conninfo()};
  SystemClock clock;
  fs::path directory;
  Time stored_before{};
  std::string trouble;
};

TEST_F(Mirror, FetchesWhatIsWrittenAfterTheFirstStart) {
  grant();
  err("before");
  ASSERT_TRUE(run_until([&] { return is_begun(); }));
  err("first");
  ASSERT_TRUE(run_until([&] { return has("first"); }));
  EXPECT_FALSE(has("before"));
  const auto whole = text_of(server.json_log());
  EXPECT_TRUE(whole.contains(fetched()));
}

TEST_F(Mirror, GoesOnWhereItWasKilledAcrossRotation) {
  grant();
  ASSERT_TRUE(run_until([&] { return is_begun(); }));
  const auto from = text_of(server.json_log()).size();
  const auto first = server.json_log();
  for (int i = 0; i < 5; ++i) {
    err(fmt::format("number_{}", i));
    ASSERT_TRUE(run_until([&] { return has(fmt::format("number_{}", i)); }));
  }
  server.set("log_filename", "rotated.log");
  server.reload();
  ASSERT_TRUE(admin.exec("SELECT pg_rotate_logfile()").ok);
  ASSERT_TRUE(test::wait_until([&] { return server.json_log() != first; }));
  err("after");
  ASSERT_TRUE(run_until([&] { return has("after"); }));
  const auto whole = text_of(directory / first.filename());
  EXPECT_GE(whole.size(), text_of(first).size() - from);
  EXPECT_TRUE(text_of(first).ends_with(whole));
  // The session that fetched has said good-bye meanwhile.
  EXPECT_TRUE(text_of(server.json_log()).starts_with(text_of(directory / "rotated.json")));
}

TEST_F(Mirror, WhatWasAppendedAndNotNotedIsNotFetchedTwice) {
  grant();
  ASSERT_TRUE(run_until([&] { return is_begun(); }));
  err("one");
  const auto index = text_of(directory / "selfheal.mirror");
  ASSERT_TRUE(run_until([&] { return has("one"); }));
  std::ofstream(directory / "selfheal.mirror")
      << index;  // the note of before: killed between append and note
  err("two");
  ASSERT_TRUE(run_until([&] { return has("two"); }));
  EXPECT_TRUE(text_of(server.json_log()).contains(fetched()));
}

TEST_F(Mirror, ATruncatedFileIsFetchedFromItsBeginning) {
  grant();
  ASSERT_TRUE(run_until([&] { return is_begun(); }));
  err("old");
  ASSERT_TRUE(run_until([&] { return has("old"); }));
  fs::resize_file(server.json_log(), 0);
  err("new");
  ASSERT_TRUE(run_until([&] { return has("new"); }));
  EXPECT_TRUE(has("old")) << "the follower may not have read it yet";
}

TEST_F(Mirror, AnotherFileOfTheNameThatGrewBeyondIsFetchedWhole) {
  grant();
  ASSERT_TRUE(run_until([&] { return is_begun(); }));
  err("old");
  ASSERT_TRUE(run_until([&] { return has("old"); }));
  const auto size = text_of(server.json_log()).size();
  fs::resize_file(server.json_log(), 0);
  err("first_of_the_new");
  while (text_of(server.json_log()).size() <= size) err("more");
  err("last");
  ASSERT_TRUE(run_until([&] { return has("last"); }));
  EXPECT_TRUE(has("first_of_the_new"));
}

TEST_F(Mirror, WhatIsStoredGoesAndIsNotFetchedAgain) {
  grant();
  ASSERT_TRUE(run_until([&] { return is_begun(); }));
  const auto first = server.json_log();
  err("old");
  ASSERT_TRUE(run_until([&] { return has("old"); }));
  server.set("log_filename", "rotated.log");
  server.reload();
  ASSERT_TRUE(admin.exec("SELECT pg_rotate_logfile()").ok);
  ASSERT_TRUE(test::wait_until([&] { return server.json_log() != first; }));
  err("new");
  ASSERT_TRUE(run_until([&] { return has("new"); }));
  stored_before = clock.now() + 1h;
  // The server tells times of files in whole seconds: which one is older shows with the next line.
  ASSERT_TRUE(run_until([&] {
    err("more");
    return !has("old");
  })) << trouble;
  err("newer");
  ASSERT_TRUE(run_until([&] { return has("newer"); }));
  EXPECT_FALSE(has("old"));
  EXPECT_TRUE(has("new"));
}

TEST_F(Mirror, SaysWhichRightsAreMissing) {
  EXPECT_TRUE(run_until([&] { return !trouble.empty(); }));
  EXPECT_NE(trouble.find("EXECUTE ON FUNCTION pg_read_binary_file"), std::string::npos) << trouble;
}

}  // namespace
}  // namespace selfheal::tail
