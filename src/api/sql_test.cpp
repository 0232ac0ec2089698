#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "contract/json.h"
#include "support/running_api.h"

namespace selfheal::api {
namespace {

struct Sql : testing::Test {
  Sql() { running.administration.watched = {{.name = ServerId("orders")}}; }
  http::Response run(std::string body, std::string_view token = test::kToken) {
    http::ClientRequest request{.method = "POST",
                                .target = "/api/v1/sql",
                                .body = std::move(body),
                                .content_type = "application/json"};
    return running.send_tcp(request, token);
  }
  test::RunningApi running;
};

TEST_F(Sql, AnswersWithRowsAndTheHashOfWhatRan) {
  const auto response = run(R"({"sql":"SELECT 1"})");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto body = contract::parse_json(response.body)->as_object();
  EXPECT_EQ(body.at("server"), "orders");
  EXPECT_EQ(body.at("sql_sha256").as_string(), sha256_hex("SELECT 1"));
  EXPECT_EQ(body.at("rows").at(0).at(0), "SELECT 1");
  EXPECT_TRUE(body.at("rows").at(1).at(0).is_null());
  EXPECT_EQ(body.at("took_ms"), 1.5);
  EXPECT_EQ(body.at("notice"), "as the observing role");
}

TEST_F(Sql, ARefusalPointsAtTheWord) {
  running.console.problem = SqlProblem{.is_refused = true,
                                       .rule = "function",
                                       .message = "this function is not among those that only read",
                                       .word = "pg_sleep",
                                       .position = 8,
                                       .instead = "a read"};
  const auto response = run(R"x({"sql":"SELECT pg_sleep(1)"})x");
  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(response.content_type, "application/problem+json");
  const auto body = contract::parse_json(response.body)->as_object();
  EXPECT_EQ(body.at("type"), "/problems/sql-refused");
  EXPECT_EQ(body.at("word"), "pg_sleep");
  EXPECT_EQ(body.at("position"), "8");
  EXPECT_EQ(body.at("rule"), "function");
  EXPECT_EQ(
      body.at("detail"),
      "this function is not among those that only read: \"pg_sleep\" at character 8; allowed is a read");
  EXPECT_FALSE(body.contains("sqlstate"));
}

TEST_F(Sql, PostgreSqlsOwnErrorHasItsSqlstate) {
  running.console.problem =
      SqlProblem{.message = "relation \"nope\" does not exist", .position = 15, .sqlstate = "42P01"};
  const auto body = contract::parse_json(run(R"({"sql":"SELECT * FROM nope"})").body)->as_object();
  EXPECT_EQ(body.at("type"), "/problems/sql-failed");
  EXPECT_EQ(body.at("sqlstate"), "42P01");
}

TEST_F(Sql, WantsAServerThatIsWatched) {
  EXPECT_EQ(run(R"({"sql":"SELECT 1","server":"none"})").status, 404);
  running.administration.watched.push_back({.name = ServerId("billing")});
  EXPECT_EQ(run(R"({"sql":"SELECT 1"})").status, 400);
  EXPECT_EQ(run(R"({"sql":"SELECT 1","server":"billing"})").status, 200);
  EXPECT_EQ(run(R"({})").status, 400);
}

TEST_F(Sql, WhoOnlyReportsErrorsMayNotAsk) {
  EXPECT_EQ(run(R"({"sql":"SELECT 1"})", test::kIngestKey).status, 403);
}

}  // namespace
}  // namespace selfheal::api
