#include "support/temporary_postgres.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>

#include "support/client_session.h"

namespace selfheal::test {
namespace {

TEST(TemporaryPostgres, StartsStopsAndRemovesItself) {
  std::filesystem::path directory;
  {
    TemporaryPostgres server;
    directory = server.socket_directory();
    ClientSession session(server.conninfo());
    ASSERT_TRUE(session.connected()) << session.connecting().message;
    EXPECT_EQ(session.exec("select 1 + 1").value(), "2");
    EXPECT_EQ(session.exec("show timezone").value(), "UTC");
    server.stop();
    EXPECT_FALSE(server.running());
    EXPECT_FALSE(ClientSession(server.conninfo()).connected());
    server.start();
    EXPECT_TRUE(ClientSession(server.conninfo()).connected());
  }
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(TemporaryPostgres, KeepsSettingsAndDataOverAKill) {
  TemporaryPostgres server({.settings = {{"work_mem", "1MB"}}});
  server.set("max_connections", "21");
  ClientSession session(server.conninfo());
  ASSERT_TRUE(session.exec("create table kept (a int)").ok);
  server.kill9();
  EXPECT_FALSE(server.running());
  server.start();
  ClientSession after(server.conninfo());
  EXPECT_EQ(after.exec("show work_mem").value(), "1MB");
  EXPECT_EQ(after.exec("show max_connections").value(), "21");
  EXPECT_TRUE(after.exec("table kept").ok);
}

TEST(TemporaryPostgres, WritesAJsonLog) {
  TemporaryPostgres server;
  ClientSession session(server.conninfo());
  EXPECT_EQ(session.exec("select 1 / 0").sqlstate, "22012");
  const auto logged = [&] {
    std::ifstream in(server.json_log());
    return std::string(std::istreambuf_iterator<char>(in), {}).contains("\"state_code\":\"22012\"");
  };
  EXPECT_TRUE(wait_until(logged)) << server.json_log();
}

TEST(TemporaryPostgres, ListensOnTcpWithTheGivenRules) {
  TemporaryPostgres server({.tcp = true, .hba = "local all all trust\nhost all all 127.0.0.1/32 reject\n"});
  EXPECT_TRUE(ClientSession(server.conninfo()).connected());
  const ClientSession rejected(server.tcp_conninfo());
  EXPECT_FALSE(rejected.connected());
  EXPECT_EQ(rejected.connecting().sqlstate, "28000") << rejected.connecting().message;
}

TEST(ClientSession, SendsWithoutWaitingAndTellsTheFirstError) {
  TemporaryPostgres server;
  ClientSession one(server.conninfo()), two(server.conninfo());
  ASSERT_TRUE(one.exec("create table t (a int)").ok);
  ASSERT_TRUE(one.exec("begin; lock table t").ok);
  two.send("select 1; select * from t");
  EXPECT_FALSE(two.answered());
  EXPECT_FALSE(two.collect(50ms).ok);
  ASSERT_TRUE(one.exec("commit").ok);
  EXPECT_EQ(two.collect().command_tag, "SELECT 0");
  EXPECT_EQ(one.exec(fmt::format("select pg_terminate_backend({})", two.backend_pid())).value(), "t");
  EXPECT_EQ(two.exec("select 1").sqlstate, "57P01");
  EXPECT_FALSE(two.connected());
}

}  // namespace
}  // namespace selfheal::test
