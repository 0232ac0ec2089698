#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "assistant/toolbox.h"
#include "contract/json.h"
#include "support/running_api.h"

namespace selfheal::api {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

struct Mcp : testing::Test {
  Mcp() { running.administration.watched = {{.name = ServerId("orders"), .state = "up"}}; }
  http::Response post(std::string body, http::Headers headers = {}) {
    return running.post("/mcp", std::move(body), std::move(headers));
  }
  http::Response post_as(const std::string& version, std::string body) {
    http::Headers headers;
    headers.set("MCP-Protocol-Version", version);
    return post(std::move(body), std::move(headers));
  }
  // The result, or a failed test.
  json::object result(const std::string& method, const std::string& params = "{}") {
    const auto response =
        post(R"({"jsonrpc":"2.0","id":7,"method":")" + method + R"(","params":)" + params + "}");
    EXPECT_EQ(response.status, 200) << response.body;
    const auto body = contract::parse_json(response.body)->as_object();
    EXPECT_EQ(body.at("id"), 7);
    const auto* result = body.if_contains("result");
    EXPECT_TRUE(result) << response.body;
    return result ? result->as_object() : json::object();
  }
  static std::int64_t error_in(const http::Response& response) {
    const auto body = contract::parse_json(response.body);
    if (!body || !body->is_object() || !body->get_object().contains("error")) return 0;
    return body->at("error").at("code").as_int64();
  }
  test::RunningApi running;
};

TEST_F(Mcp, AgreesOnARevisionThatBothSpeak) {
  const auto wanting = [&](const std::string& version) {
    return result("initialize", R"({"protocolVersion":")" + version +
                                    R"(","capabilities":{},"clientInfo":{"name":"t","version":"1"}})");
  };
  EXPECT_EQ(wanting("2025-03-26").at("protocolVersion"), "2025-03-26");
  const auto latest = wanting("2025-06-18");
  EXPECT_EQ(latest.at("protocolVersion"), "2025-06-18");
  EXPECT_EQ(latest.at("serverInfo").at("name"), "selfheal");
  EXPECT_TRUE(latest.at("capabilities").as_object().contains("tools"));
  EXPECT_EQ(wanting("2099-01-01").at("protocolVersion"), "2025-06-18");
}

TEST_F(Mcp, ListsEveryToolWithHonestHints) {
  const auto tools = result("tools/list").at("tools").as_array();
  ASSERT_EQ(tools.size(), assistant::tools().size());
  for (const auto& tool : tools) {
    const bool proposes = tool.at("name") == "propose_fix";
    EXPECT_EQ(tool.at("inputSchema").at("type"), "object");
    EXPECT_EQ(tool.at("annotations").at("readOnlyHint"), !proposes) << tool.at("name");
    EXPECT_EQ(tool.at("annotations").at("destructiveHint"), false);
    EXPECT_EQ(tool.at("annotations").at("idempotentHint"), true);
    EXPECT_EQ(tool.at("annotations").at("openWorldHint"), false);
  }
}

TEST_F(Mcp, AListGoesOnBehindItsCursor) {
  const auto first = assistant::tools().front().name.text();
  const auto rest = result("tools/list", R"({"cursor":")" + std::string(first) + R"("})");
  EXPECT_EQ(rest.at("tools").as_array().size(), assistant::tools().size() - 1);
  EXPECT_FALSE(rest.contains("nextCursor"));
  for (const auto* cursor : {R"("nope")", "7", "null", R"("")"})
    EXPECT_EQ(
        error_in(post(std::string(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":)") +
                      cursor + "}}")),
        -32602)
        << cursor;
}

TEST_F(Mcp, AToolAnswersInBothForms) {
  const auto called = result("tools/call", R"({"name":"run_readonly_sql","arguments":{"sql":"SELECT 1"}})");
  EXPECT_EQ(called.at("isError"), false);
  const auto& structured = called.at("structuredContent").as_object();
  EXPECT_EQ(structured.at("sql"), "SELECT 1");
  EXPECT_EQ(structured.at("evidence").as_array().size(), 1u);
  EXPECT_EQ(contract::parse_json(std::string(called.at("content").at(0).at("text").as_string())).value(),
            called.at("structuredContent"));
}

TEST_F(Mcp, WhatAToolCouldNotIsAResultThatSaysSo) {
  running.console.problem = SqlProblem{.is_refused = true, .rule = "function", .message = "only reading"};
  const auto called = result("tools/call", R"({"name":"run_readonly_sql","arguments":{"sql":"SELECT 2"}})");
  EXPECT_EQ(called.at("isError"), true);
  EXPECT_THAT(json::serialize(called), HasSubstr("only reading"));
}

TEST_F(Mcp, WhatIsNoCallOfAToolIsAnErrorOfTheProtocol) {
  const std::vector<std::string> params{
      R"({"name":"apply_fix","arguments":{}})",
      R"({"name":"run_readonly_sql","arguments":{}})",
      R"({"name":"run_readonly_sql","arguments":{"sql":1}})",
      R"({"name":"run_readonly_sql","arguments":{"sql":"SELECT 1","also":2}})",
      R"({"name":"run_readonly_sql","arguments":[]})",
      R"({"name":["run_readonly_sql"]})",
      R"({})",
  };
  for (const auto& given : params)
    EXPECT_EQ(error_in(post(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + given + "}")),
              -32602)
        << given;
}

TEST_F(Mcp, NotificationsAndAnswersAreTakenWithoutAWord) {
  for (const auto* body :
       {R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})",
        R"({"jsonrpc":"2.0","method":"what/ever"})", R"({"jsonrpc":"2.0","id":1,"result":{}})",
        R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}})"}) {
    const auto response = post(body);
    EXPECT_EQ(response.status, 202) << body;
    EXPECT_EQ(response.body, "");
  }
  EXPECT_EQ(json::serialize(result("ping")), "{}");
}

TEST_F(Mcp, HostileMessagesAreAnsweredAndNothingBreaks) {
  struct Case {
    std::string body;
    int status;
    int code;
  };
  const std::vector<Case> cases{
      {"{", 400, -32700},
      {"nonsense", 400, -32700},
      {std::string(100'000, '['), 400, -32700},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping"}{})", 400, -32700},
      {"\xff\xfe", 400, -32700},
      {"null", 400, -32600},
      {"7", 400, -32600},
      {R"("ping")", 400, -32600},
      {"{}", 400, -32600},
      {R"({"jsonrpc":"1.0","id":1,"method":"ping"})", 400, -32600},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", 400, -32600},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", 400, -32600},
      {R"({"jsonrpc":"2.0","id":{},"method":"ping"})", 400, -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", 400, -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[1]})", 400, -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":"resources/list"})", 200, -32601},
      {R"({"jsonrpc":"2.0","id":1,"method":""})", 200, -32601},
      {R"({"jsonrpc":"2.0","id":1,"method":"initialize"})", 200, -32602},
  };
  for (const auto& c : cases) {
    const auto response = post(c.body);
    EXPECT_EQ(response.status, c.status) << c.body.substr(0, 80);
    EXPECT_EQ(error_in(response), c.code) << c.body.substr(0, 80) << " -> " << response.body;
  }
  EXPECT_EQ(post(std::string((1u << 20) + 1, ' ')).status, 413);
  EXPECT_EQ(json::serialize(result("ping")), "{}");
}

TEST_F(Mcp, BatchesAreOfTheOlderRevision) {
  const std::string batch =
      R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"},
                               {"jsonrpc":"2.0","id":"b","method":"nope"},7])";
  EXPECT_EQ(error_in(post_as("2025-06-18", batch)), -32600);
  const auto response = post_as("2025-03-26", batch);
  ASSERT_EQ(response.status, 200);
  const auto answers = contract::parse_json(response.body)->as_array();
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_TRUE(answers[0].as_object().contains("result"));
  EXPECT_EQ(answers[1].at("id"), "b");
  EXPECT_EQ(answers[2].at("error").at("code"), -32600);
  EXPECT_EQ(post(R"([{"jsonrpc":"2.0","method":"notifications/x"}])").status, 202);
  EXPECT_EQ(error_in(post("[]")), -32600);
  std::string many = "[7";
  for (int i = 0; i < 20; ++i) many += ",7";
  EXPECT_EQ(error_in(post(many + "]")), -32600);
  const auto inside =
      post(R"([{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26"}}])");
  EXPECT_EQ(contract::parse_json(inside.body)->at(0).at("error").at("code"), -32600);
}

TEST_F(Mcp, HeadersAreHeldToTheSpecification) {
  const std::string ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
  EXPECT_EQ(post_as("2025-06-18", ping).status, 200);
  EXPECT_EQ(post_as("1900-01-01", ping).status, 400);
  http::Headers html;
  html.set("Accept", "text/html");
  EXPECT_EQ(post(ping, html).status, 406);
  http::Headers stranger;
  stranger.set("Origin", "https://evil.example");
  EXPECT_EQ(post(ping, stranger).status, 403);
  EXPECT_EQ(
      running.send({.method = "POST", .target = "/mcp", .body = ping, .content_type = "text/plain"}).status,
      415);
  EXPECT_EQ(running.get("/mcp").status, 405);
  EXPECT_EQ(running.send({.method = "DELETE", .target = "/mcp"}).status, 405);
  EXPECT_EQ(running.send_tcp({.method = "POST", .target = "/mcp", .body = ping}, "").status, 401);
  EXPECT_EQ(running.send_tcp({.method = "POST", .target = "/mcp", .body = ping}, test::kIngestKey).status,
            403);
  EXPECT_EQ(running.send_tcp({.method = "POST", .target = "/mcp", .body = ping}, test::kToken).status, 200);
}

}  // namespace
}  // namespace selfheal::api
