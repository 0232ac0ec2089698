#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "api/internal/runs.h"
#include "contract/chat.h"
#include "contract/json.h"
#include "contract/page.h"
#include "support/running_api.h"

namespace selfheal::api {
namespace {

using namespace assistant;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Chats : testing::Test {
  Chats() {
    running.administration.watched = {{.name = ServerId("orders")}};
    running.answering.events = {
        ToolBegan{.id = "Q1", .name = "run_readonly_sql", .title = "Read-only SQL", .sql = "SELECT 1"},
        ToolEnded{
            .id = "Q1", .rows = 1, .took = 412ms, .is_cut = true, .problem = {}, .value = {{"rows", 1}}},
        Token{.text = "One row "},
        Token{.text = "or more.", .is_proven = false},
        Citation{"Q1"},
        RunUsage{.tokens = {.prompt_tokens = 7, .completion_tokens = 3}, .cost = 0.5},
    };
  }
  http::ClientRequest message(std::string body, const std::string& chat = "main") {
    return {.method = "POST", .target = "/api/v1/chats/" + chat + "/messages", .body = std::move(body)};
  }
  // What came of one message: "run", "tool_call" … and what they hold.
  struct Heard {
    std::vector<std::string> names;
    std::vector<std::string> data;
    http::Response response;
  };
  Heard ask(http::ClientRequest request, const std::function<bool(const http::SseEvent&)>& go_on = {}) {
    Heard heard;
    auto response = http::Client(running.unix_client()).stream(request, [&](const http::SseEvent& event) {
      heard.names.push_back(event.event);
      heard.data.push_back(event.data);
      return !go_on || go_on(event);
    });
    EXPECT_TRUE(response) << response.error().message;
    if (response) heard.response = *std::move(response);
    return heard;
  }
  contract::ChatAnswer document(http::ClientRequest request) {
    request.headers.set("Accept", "application/json");
    const auto response = running.send(request);
    EXPECT_EQ(response.status, 200) << response.body;
    auto parsed = contract::from_text<contract::ChatAnswer>(response.body, contract::Reading::strict);
    EXPECT_TRUE(parsed.problems.empty());
    return parsed.value;
  }
  // Of the running one, as seen on the server's thread.
  template <class Seen>
  void eventually(const Seen& seen) {
    const SystemClock clock;
    const auto patience = clock.deadline_in(5s);
    bool is_so = false;
    while (!is_so && clock.left(patience) > 0ms) running.on_thread([&] { is_so = seen(); });
    EXPECT_TRUE(is_so);
  }
  // Of a "run" event.
  static std::string run_in(const std::string& data) {
    return contract::from_text<contract::ChatRun>(data, contract::Reading::lenient).value.run;
  }
  test::RunningApi running;
};

TEST_F(Chats, AnAnswerIsToldAsItComes) {
  const auto heard = ask(message(R"({"text":"How many?"})"));
  EXPECT_THAT(heard.names,
              ElementsAre("run", "tool_call", "tool_result", "token", "token", "citation", "usage", "done"));
  ASSERT_EQ(heard.data.size(), 8u);
  EXPECT_THAT(heard.data[0], StartsWith(R"({"run":"run-)"));
  EXPECT_THAT(heard.data[0], HasSubstr(R"("chat":"main","answered_by":"templates")"));
  EXPECT_EQ(heard.data[1],
            R"({"id":"Q1","name":"run_readonly_sql","title":"Read-only SQL","sql":"SELECT 1"})");
  EXPECT_EQ(heard.data[2],
            R"({"id":"Q1","rows":1,"ms":4.12E2,"truncated":true,"problem":"","value":{"rows":1}})");
  EXPECT_EQ(heard.data[4], R"({"text":"or more.","proven":false})");
  EXPECT_EQ(heard.data[5], R"({"evidence_id":"Q1"})");
  EXPECT_EQ(heard.data[7], R"({"suggestions":["What is wrong now?"],"stopped":false})");
  EXPECT_EQ(running.answering.asker.name, "ann");
  EXPECT_TRUE(running.answering.asker.may_operate);
}

TEST_F(Chats, WhoAcceptsOnlyJsonGetsOneDocument) {
  const auto answer = document(message(R"({"text":"How many?","server":"orders"})"));
  EXPECT_EQ(answer.text, "One row or more.");
  EXPECT_THAT(answer.run, StartsWith("run-"));
  ASSERT_EQ(answer.tool_results.size(), 1u);
  EXPECT_TRUE(answer.tool_results[0].truncated);
  ASSERT_EQ(answer.tokens.size(), 2u);
  EXPECT_FALSE(answer.tokens[1].proven);
  EXPECT_EQ(answer.usage->completion_tokens, 3);
  EXPECT_THAT(answer.suggestions, ElementsAre("What is wrong now?"));
  EXPECT_EQ(running.answering.question.server, ServerId("orders"));
}

TEST_F(Chats, QuestionsAndAnswersAreKeptAndComeBackAsWhatWasBefore) {
  document(message(R"({"text":"How many?\nplease"})"));
  const auto response = running.get("/api/v1/chats/main");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto chat = contract::from_text<contract::Chat>(response.body, contract::Reading::strict).value;
  EXPECT_EQ(chat.title, "How many?");
  ASSERT_EQ(chat.turns.size(), 2u);
  EXPECT_EQ(chat.turns[0].role, "user");
  EXPECT_EQ(chat.turns[0].text, "How many?\nplease");
  EXPECT_EQ(chat.turns[1].text, "One row or more.");
  EXPECT_EQ(chat.turns[1].tools.at(0).at("name"), "run_readonly_sql");
  document(message(R"({"text":"And now?"})"));
  EXPECT_EQ(running.answering.question.before.size(), 2u)
      << "the question itself is not among what was before";
  const auto list = running.get("/api/v1/chats");
  const auto page =
      contract::from_text<contract::Page<contract::Chat>>(list.body, contract::Reading::strict).value;
  ASSERT_EQ(page.items.size(), 1u);
  EXPECT_TRUE(page.items[0].turns.empty());
}

TEST_F(Chats, AChatThatWasBegunRemembersWhatItIsAbout) {
  running.book.files[IncidentNumber(142)].incident.number = IncidentNumber(142);
  const auto made =
      running.post("/api/v1/chats", R"({"title":"Fridays","about":"SH-142","server":"orders"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto chat = contract::from_text<contract::Chat>(made.body, contract::Reading::strict).value;
  EXPECT_EQ(made.headers.get("Location"), "/api/v1/chats/" + chat.id);
  EXPECT_EQ(chat.about, "SH-142");
  document(message(R"({"text":"Why?"})", chat.id));
  EXPECT_EQ(running.answering.question.about, IncidentNumber(142));
  EXPECT_EQ(running.answering.question.server, ServerId("orders"));
  EXPECT_EQ(running.send({.method = "DELETE", .target = "/api/v1/chats/" + chat.id}).status, 204);
  EXPECT_EQ(running.get("/api/v1/chats/" + chat.id).status, 404);
  EXPECT_EQ(running.send(message(R"({"text":"Why?"})", chat.id)).status, 404) << "it does not begin anew";
}

TEST_F(Chats, TheChatOfAnotherIsNotThere) {
  const auto made =
      running.send_tcp({.method = "POST", .target = "/api/v1/chats", .body = "{}"}, test::kToken);
  const auto chat = contract::from_text<contract::Chat>(made.body, contract::Reading::strict).value;
  EXPECT_EQ(running.get("/api/v1/chats/" + chat.id).status, 404);
  EXPECT_EQ(running.send({.method = "DELETE", .target = "/api/v1/chats/" + chat.id}).status, 404);
  EXPECT_EQ(running.send(message(R"({"text":"Why?"})", chat.id)).status, 404);
  EXPECT_EQ(running.send_tcp({.target = "/api/v1/chats/" + chat.id}, test::kToken).status, 200);
  EXPECT_EQ(running.send_tcp({.target = "/api/v1/chats"}, test::kIngestKey).status, 403);
  EXPECT_EQ(running.send_tcp(message(R"({"text":"Why?"})"), "").status, 401);
}

TEST_F(Chats, WhatDoesNotFitIsRefusedBeforeAnythingIsAsked) {
  const std::string long_text(17u << 10, 'x');
  const std::vector<std::pair<std::string, int>> bodies{
      {R"({"text":""})", 400},
      {R"({"text":")" + long_text + R"("})", 400},
      {R"({"text":"x","server":"nope"})", 404},
      {R"({"text":"x","about":"SH-999"})", 404},
      {R"({"text":"x","about":"the first"})", 400},
      {R"({"txt":"x"})", 400},
      {R"({"text":)", 400},
      {R"([])", 400},
  };
  for (const auto& [body, status] : bodies) EXPECT_EQ(running.send(message(body)).status, status) << body;
  EXPECT_EQ(running.send(message(R"({"text":"x"})", "a%20b")).status, 404) << "no name for a chat";
  EXPECT_EQ(running.send(message(R"({"text":"x"})", std::string(65, 'a'))).status, 404);
  EXPECT_EQ(running.answering.asked, 0);
  EXPECT_TRUE(running.chats.chats.empty());
  running.chats.down = true;
  EXPECT_EQ(running.send(message(R"({"text":"x"})")).status, 503);
}

TEST_F(Chats, WhatGoesWrongLaterIsToldAndWhatWasSaidStays) {
  running.answering.events.emplace_back(
      RunFailed{.title = "The model is busy", .detail = "It said so.", .retry_after = 1500ms});
  running.answering.error = Error{ErrorCode::invalid_input, "an empty question"};
  const auto heard = ask(message(R"({"text":"How many?"})"));
  ASSERT_EQ(heard.names.size(), 10u);
  EXPECT_EQ(heard.data[7], R"({"title":"The model is busy","detail":"It said so.","retry_after":2})");
  EXPECT_EQ(heard.names[8], "error");
  EXPECT_THAT(heard.data[8], HasSubstr("an empty question"));
  EXPECT_EQ(heard.names[9], "done");
  EXPECT_THAT(running.get("/api/v1/chats/main").body, HasSubstr("One row or more."));
}

TEST_F(Chats, ARunIsStoppedByItsOwnerAlone) {
  running.answering.waits = true;
  const auto heard = ask(message(R"({"text":"How many?"})"), [&](const http::SseEvent& event) {
    if (event.event != "run") return true;
    const http::ClientRequest stop{.method = "DELETE", .target = "/api/v1/runs/" + run_in(event.data)};
    EXPECT_EQ(running.send_tcp(stop, test::kToken).status, 404) << "another's";
    EXPECT_EQ(running.send(stop).status, 204);
    return true;
  });
  EXPECT_EQ(heard.names.back(), "done");
  EXPECT_EQ(heard.data.back(), R"({"suggestions":[],"stopped":true})");
  eventually([&] { return running.answering.left_in_the_middle == 1; });
  EXPECT_THAT(running.get("/api/v1/chats/main").body, HasSubstr("One row or more."));
  EXPECT_EQ(running.send({.method = "DELETE", .target = "/api/v1/runs/run-0"}).status, 404);
}

TEST_F(Chats, ARunEndsWhenItsClientLeaves) {
  running.answering.waits = true;
  ask(message(R"({"text":"How many?"})"), [](const http::SseEvent& event) { return event.event != "usage"; });
  eventually([&] { return running.answering.left_in_the_middle == 1; });
}

TEST_F(Chats, OnlySoManyAreAnsweredAtOnce) {
  running.answering.waits = true;
  std::vector<std::jthread> clients;
  std::vector<std::stop_source> stops(kRunsAtOnce);
  for (auto& stop : stops)
    clients.emplace_back([&] {
      auto request = message(R"({"text":"How many?"})");
      request.stop = stop.get_token();
      const auto ended =
          http::Client(running.unix_client()).stream(request, [](const auto&) { return true; });
      EXPECT_FALSE(ended);
    });
  eventually([&] { return running.answering.asked == static_cast<int>(kRunsAtOnce); });
  const auto refused = running.send(message(R"({"text":"One more?"})"));
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(refused.headers.get("Retry-After"), "2");
  const auto tool = running.post(
      "/mcp", R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_databases"}})");
  EXPECT_THAT(tool.body, HasSubstr("too many questions and tools"));
  for (auto& stop : stops) stop.request_stop();
  clients.clear();
  eventually([&] { return running.answering.left_in_the_middle == static_cast<int>(kRunsAtOnce); });
  running.on_thread([&] { running.answering.waits = false; });
  EXPECT_EQ(document(message(R"({"text":"And now?"})")).text, "One row or more.");
}

TEST_F(Chats, ARepeatedRequestIsToldTheSameAndAskedOnce) {
  auto request = message(R"({"text":"How many?"})");
  request.headers.set("Idempotency-Key", "k");
  const auto first = ask(request);
  const auto second = ask(request);
  EXPECT_EQ(second.names, first.names);
  EXPECT_EQ(second.data, first.data);
  EXPECT_EQ(running.answering.asked, 1);
  EXPECT_EQ(document(request).text, "One row or more.");
  auto other = message(R"({"text":"How few?"})");
  other.headers.set("Idempotency-Key", "k");
  EXPECT_EQ(running.send(other).status, 422);
}

}  // namespace
}  // namespace selfheal::api
