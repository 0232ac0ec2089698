// ask and mcp against an API on a unix socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/internal/terminal_fixture.h"
#include "contract/json.h"
#include "support/fake_api.h"

namespace selfheal::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class Ask : public testing::Test {
 protected:
  Ask() {
    api_.answers("POST /api/v1/chats", R"({"id":"chat-1","title":"","at":"2026-11-25T14:07:20Z","turns":[]})",
                 201);
    api_.sends(
        {{"", "run", R"({"run":"run-1","chat":"chat-1","answered_by":"templates","notice":""})"},
         {"", "tool_call",
          R"({"id":"Q1","name":"run_readonly_sql","title":"Read-only SQL","sql":"SELECT 1"})"},
         {"", "tool_result", R"({"id":"Q1","rows":2,"ms":412.4,"truncated":true,"problem":"","value":null})"},
         {"", "token", R"({"text":"Two rows [Q1].\nThe first \u001b[31m","proven":true})"},
         {"", "token", R"({"text":" will grow.","proven":false})"},
         {"", "citation", R"({"evidence_id":"Q1"})"},
         {"", "usage", R"({"prompt_tokens":1000,"completion_tokens":210,"cost":0.003})"},
         {"", "done", R"({"suggestions":["Who blocks whom?"],"stopped":false})"}});
  }
  Ran on(const std::vector<std::string>& line, Terminal terminal = {}) {
    terminal.environment.try_emplace("SELFHEAL_SERVER", api_.address());
    return run_line(line, terminal);
  }
  test::FakeApi api_;
};

TEST_F(Ask, PrintsTheAnswerAndNothingElseInAPipe) {
  const auto ran = on({"ask", "how", "many?", "--db", "orders", "--about", "SH-142"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_EQ(ran.out, "Two rows [Q1].\nThe first \\x1b[31m will grow. (unproven)\n");
  EXPECT_EQ(ran.err, "");
  const auto asked = api_.asked();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[1].line, "POST /api/v1/chats/chat-1/messages");
  EXPECT_EQ(asked[1].body, R"({"text":"how many?","server":"orders","about":"SH-142"})");
}

TEST_F(Ask, ShowsOnATerminalHowTheAnswerCameToBe) {
  const auto ran = on({"ask", "how many?"}, {.out = true, .err = true});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.err, HasSubstr("> Read-only SQL  SELECT 1"));
  EXPECT_THAT(ran.err, HasSubstr("  412 ms, 2 rows, cut"));
  EXPECT_THAT(ran.err, HasSubstr("1210 tokens, 0.003"));
  EXPECT_THAT(ran.err, HasSubstr("? Who blocks whom?"));
  EXPECT_THAT(ran.err, HasSubstr("selfheal ask --chat chat-1"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\x1b[31m"))) << "what came from a database colours no terminal";
}

TEST_F(Ask, GoesOnWithAChatAndReadsTheQuestionFromStandardInput) {
  const auto ran = on({"ask", "--chat", "main", "-"}, {.typed = "how many?\n"});
  EXPECT_EQ(ran.code, kOk) << ran.err;
  ASSERT_EQ(api_.asked().size(), 1u);
  EXPECT_EQ(api_.asked()[0].line, "POST /api/v1/chats/main/messages");
  EXPECT_EQ(api_.asked()[0].body, R"({"text":"how many?\n"})");
}

TEST_F(Ask, ProgramsGetOneDocumentOrEachEvent) {
  const auto document = on({"ask", "--json", "how many?"});
  EXPECT_EQ(document.code, kOk);
  const auto answer = contract::parse_json(document.out.substr(0, document.out.size() - 1));
  ASSERT_TRUE(answer) << document.out;
  EXPECT_EQ(answer->at("run"), "run-1");
  EXPECT_EQ(answer->at("tokens").as_array().size(), 2u);
  EXPECT_EQ(answer->at("suggestions").at(0), "Who blocks whom?");
}

TEST_F(Ask, EventsComeOneALine) {
  const auto ran = on({"ask", "--ndjson", "how many?"});
  EXPECT_EQ(ran.code, kOk);
  std::istringstream lines(ran.out);
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);) {
    const auto event = contract::parse_json(line);
    ASSERT_TRUE(event) << line;
    events.emplace_back(event->at("event").as_string());
  }
  EXPECT_THAT(events, testing::ElementsAre("run", "tool_call", "tool_result", "token", "token", "citation",
                                           "usage", "done"));
}

TEST_F(Ask, WhatGoesWrongIsSaidAndHasItsExitCode) {
  EXPECT_EQ(on({"ask"}).code, kUsage);
  api_.sends({{"", "run", R"({"run":"run-1","chat":"chat-1"})"},
              {"", "error", R"({"title":"The model is busy","detail":"Try again.","retry_after":2})"},
              {"", "done", R"({"suggestions":[],"stopped":false})"}});
  const auto failed = on({"ask", "x"});
  EXPECT_EQ(failed.code, kFailed);
  EXPECT_THAT(failed.err, HasSubstr("The model is busy: Try again."));
  api_.sends({{"", "run", R"({"run":"run-1","chat":"chat-1"})"}});
  EXPECT_EQ(on({"ask", "x"}).code, kFailed) << "it ended in the middle";
  api_.sends({{"", "run", "no json"}, {"", "surprise", "{}"}, {"", "done", R"({"stopped":true})"}});
  EXPECT_EQ(on({"ask", "x"}).code, kInterrupted);
  api_.refuses("POST /api/v1/chats/chat-1/messages", 429, "too-many-answers", "At most 8 at once.");
  EXPECT_EQ(on({"ask", "x"}).code, kUnreachable);
  api_.refuses("POST /api/v1/chats/gone/messages", 404, "not-found", "there is no such chat");
  EXPECT_EQ(on({"ask", "--chat", "gone", "x"}).code, kNotFound);
}

TEST_F(Ask, CtrlCStopsIt) {
  api_.hangs();
  const auto ran = on({"ask", "x"}, {.interrupts = [](std::stop_source stop) { stop.request_stop(); }});
  EXPECT_EQ(ran.code, kInterrupted);
}

class McpBridge : public Ask {};

TEST_F(McpBridge, PassesLinesOnAndAnswersBack) {
  api_.answers("POST /mcp", R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}})");
  api_.answers("POST /mcp", "", 202, "");
  api_.answers("POST /mcp", R"({"jsonrpc":"2.0","id":2,"result":{}})");
  const auto ran = on({"mcp"}, {.typed = R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})"
                                         "\n"
                                         R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
                                         "\r\n\n"
                                         R"({"jsonrpc":"2.0","id":2,"method":"ping"})"});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_EQ(ran.out, R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}})"
                     "\n"
                     R"({"jsonrpc":"2.0","id":2,"result":{}})"
                     "\n");
  EXPECT_EQ(ran.err, "");
  EXPECT_EQ(api_.asked().size(), 3u);
}

TEST_F(McpBridge, WhatCannotBePassedOnIsAnErrorToWhoAsked) {
  api_.refuses("POST /mcp", 401, "not-signed-in", "Send a token.");
  const auto ran = on({"mcp"}, {.typed = "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}\n"
                                         "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\n" +
                                         std::string(2u << 20, 'x') + "\n"});
  EXPECT_EQ(ran.code, kOk);
  std::istringstream lines(ran.out);
  std::vector<std::string> said;
  for (std::string line; std::getline(lines, line);) said.push_back(line);
  ASSERT_EQ(said.size(), 2u) << "nobody waits for an answer to a notification";
  EXPECT_THAT(said[0], HasSubstr(R"("id":"a","error":{"code":-32603,"message":"T: Send a token.")"));
  EXPECT_THAT(said[1], HasSubstr(R"("id":null)"));
  EXPECT_EQ(api_.asked().size(), 2u) << "the endless line was not sent";
  EXPECT_THAT(ran.err, HasSubstr("Send a token."));
}

TEST_F(McpBridge, AServerThatIsAwayIsAnErrorToo) {
  const auto ran = run_line({"mcp"}, {.typed = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}\n",
                                      .environment = {{"SELFHEAL_SERVER", "unix:/nowhere/api.sock"}}});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.out, HasSubstr(R"("id":7,"error")"));
}

}  // namespace
}  // namespace selfheal::cli
