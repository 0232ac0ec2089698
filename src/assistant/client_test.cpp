#include "assistant/client.h"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "support/loop.h"
#include "support/stub_model.h"

namespace selfheal::assistant {
namespace {

using test::StubModel;
using ::testing::HasSubstr;
using ::testing::Not;
using Replies = std::vector<StubModel::Reply>;

constexpr OurText kQuestion = "Why?";
constexpr Schema kSchema{"cause",
                         R"({"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],)"
                         R"("additionalProperties":false})"};

StubModel::Reply said(const std::string& text) {
  const auto quoted = boost::json::serialize(boost::json::value(text));
  return StubModel::json(
      R"({"choices":[{"message":{"role":"assistant","content":)" + quoted +
          R"(},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}})",
      200, "x-request-id: req-1\r\n");
}
StubModel::Reply refused(int status, const std::string& error, const std::string& headers = "") {
  return StubModel::json(R"({"error":)" + error + "}", status, headers);
}

// Does not wait: the pauses are noted.
class HastyClock final : public Clock {
 public:
  Time now() const override { return real_.now(); }
  Deadline::Moment steady_now() const override { return real_.steady_now() + ahead_; }
  asio::awaitable<bool> sleep(Duration duration) override {
    pauses.push_back(duration);
    ahead_ += duration;
    co_return true;
  }
  void pass(Duration duration) { ahead_ += duration; }
  std::vector<Duration> pauses;

 private:
  SystemClock real_;
  Duration ahead_{};
};

struct Scene {
  explicit Scene(Replies replies, Settings settings = {}) : stub(std::move(replies)) {
    settings.base_url = stub.url();
    settings.api_key = Secret("sk-canary");
    client = std::make_unique<Client>(settings, clock, random);
  }
  Result<Answer> ask(ChatRequest request = {.messages = {Message::user(kQuestion)}}) {
    return loop.run(client->chat(std::move(request), clock.deadline_in(60s)));
  }
  Result<Answer> stream() {
    shown.clear();
    ChatRequest request{.messages = {Message::user(kQuestion)}};
    request.on_text = [this](std::string_view text) { shown += text; };
    return ask(std::move(request));
  }
  StubModel stub;
  HastyClock clock;
  SeededRandom random{1};
  test::Loop loop;
  std::unique_ptr<Client> client;
  std::string shown;
};

TEST(AssistantClient, AsksAndReadsTheAnswer) {
  Scene scene({said("Because.")});
  const auto answer = scene.ask();
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->text.text(), "Because.");
  EXPECT_EQ(answer->usage.prompt_tokens, 3);
  EXPECT_EQ(answer->request_id, "req-1");
  const auto request = scene.stub.requests().at(0);
  EXPECT_THAT(request, HasSubstr("POST /v1/chat/completions HTTP/1.1"));
  EXPECT_THAT(request, HasSubstr("Authorization: Bearer sk-canary"));
  EXPECT_THAT(request, HasSubstr(R"({"role":"user","content":"Why?"})"));
}

TEST(AssistantClient, AsksAgainAndNeverSoonerThanTold) {
  Scene scene({refused(429, R"({"code":"rate_limit_exceeded"})", "Retry-After: 7\r\n"),
               refused(500, "{}", "retry-after-ms: 20\r\n"), said("yes")});
  const auto answer = scene.ask();
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  ASSERT_EQ(scene.clock.pauses.size(), 2u);
  EXPECT_EQ(scene.clock.pauses[0], 7s);
  EXPECT_GE(scene.clock.pauses[1], 1s);
  EXPECT_LE(scene.clock.pauses[1], 2s);
}

TEST(AssistantClient, GivesUpAfterTwoRepetitions) {
  Scene scene({refused(503, "{}")});
  EXPECT_EQ(scene.ask().error().code, ErrorCode::unavailable);
  EXPECT_EQ(scene.stub.requests().size(), 3u);
}

TEST(AssistantClient, DoesNotRepeatWhatIsRefusedForGood) {
  for (const int status : {400, 401, 403, 404, 422}) {
    Scene scene({refused(status, R"({"message":"bad key sk-canary","code":"invalid_api_key"})")});
    const auto answer = scene.ask();
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(scene.stub.requests().size(), 1u) << status;
    EXPECT_THAT(answer.error().message, HasSubstr("invalid_api_key"));
    EXPECT_THAT(answer.error().message, Not(HasSubstr("canary")));
  }
}

TEST(AssistantClient, StopsAskingWhenTheQuotaIsUsedUp) {
  for (const std::string code : {"insufficient_quota", "credit_balance_exhausted", "org_spend_limit_exceeded",
                                 "monthly_usage_limit_exceeded"}) {
    Scene scene({refused(429, R"({"code":")" + code + "\"}", "Retry-After: 1\r\n"), said("paid")});
    EXPECT_EQ(scene.ask().error().code, ErrorCode::unavailable);
    EXPECT_FALSE(scene.client->is_open());
    EXPECT_EQ(scene.ask().error().code, ErrorCode::unavailable);
    EXPECT_EQ(scene.stub.requests().size(), 1u) << code;
    scene.clock.pass(16min);
    EXPECT_TRUE(scene.ask().has_value());
    EXPECT_TRUE(scene.client->is_open());
  }
}

TEST(AssistantClient, ClosesTheWayAfterFiveFailures) {
  Scene scene({refused(500, "{}")});
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(scene.ask().has_value());
  EXPECT_EQ(scene.stub.requests().size(), 5u);
  EXPECT_FALSE(scene.client->is_open());
}

TEST(AssistantClient, StepsBackToWhatTheServerUnderstands) {
  Scene scene({refused(400, R"({"message":"Unsupported parameter: 'max_tokens'"})"), said("yes")});
  ASSERT_TRUE(scene.ask().has_value());
  EXPECT_THAT(scene.stub.requests().at(1), HasSubstr("max_completion_tokens"));
  ASSERT_TRUE(scene.ask().has_value());
  EXPECT_EQ(scene.stub.requests().size(), 3u);
}

TEST(AssistantClient, GetsJsonFromAServerThatKnowsNoSchema) {
  const auto no = refused(400, R"({"message":"response_format is not supported"})");
  Scene scene({no, no, said("Sure!\n```json\n{\"n\": \"no\"}\n```"), said("{\"n\": 4}")});
  const auto answer = scene.ask({.messages = {Message::user(kQuestion)}, .schema = kSchema});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(boost::json::serialize(answer->json), "{\"n\":4}");
  const auto requests = scene.stub.requests();
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_THAT(requests[0], HasSubstr("json_schema"));
  EXPECT_THAT(requests[1], HasSubstr("json_object"));
  EXPECT_THAT(requests[2], Not(HasSubstr("response_format")));
  EXPECT_THAT(requests[3], HasSubstr("Answer again"));
}

TEST(AssistantClient, RefusesJsonThatStaysWrong) {
  Scene scene({said(R"({"n":1,"more":"canary"})")});
  const auto answer = scene.ask({.messages = {Message::user(kQuestion)}, .schema = kSchema});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, ErrorCode::invalid_input);
  EXPECT_EQ(scene.stub.requests().size(), 2u);
  EXPECT_THAT(answer.error().message, Not(HasSubstr("canary")));
}

TEST(AssistantClient, ShowsAStreamAsItComes) {
  Scene scene({StubModel::events(
      ": hello\r\n\r\ndata: {\"choices\":[]}\r\n\r\n"
      "data: {\"choices\":[{\"delta\":{\"content\":\"Bec\"}}]}\r\n\r\n"
      "data: {\"choices\":[{\"delta\":{\"content\":\"ause\"},\"finish_reason\":\"stop\"}]}\r\n\r\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9}}\r\n\r\n"
      "data: [DONE]\r\n\r\n")});
  const auto answer = scene.stream();
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(scene.shown, "Because");
  EXPECT_EQ(answer->usage.prompt_tokens, 9);
}

TEST(AssistantClient, DoesNotShowAnAnswerTwice) {
  const std::string begun = "data: {\"choices\":[{\"delta\":{\"content\":\"Bec\"}}]}\n\n";
  for (const std::string end : {"", "data: {\"error\":{\"message\":\"canary\"}}\n\n", "data: {bad\n\n"}) {
    Scene scene({StubModel::events(begun + end)});
    const auto answer = scene.stream();
    ASSERT_FALSE(answer.has_value()) << end;
    EXPECT_THAT(answer.error().message, Not(HasSubstr("canary")));
    EXPECT_EQ(scene.shown, "Bec");
    EXPECT_EQ(scene.stub.requests().size(), 1u);
    Scene unseen({StubModel::events(end), said("whole")});
    EXPECT_TRUE(unseen.stream().has_value()) << end;
    EXPECT_EQ(unseen.shown, "whole");
  }
}

TEST(AssistantClient, SurvivesWhatIsNoAnswer) {
  for (const auto& reply :
       Replies{StubModel::json("{cut"),
               StubModel::json("[]"),
               StubModel::json("{}"),
               {"garbage\r\n\r\n"},
               {""},
               {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"ch"},
               StubModel::json(R"({"choices":[{"message":{"tool_calls":[{"function":{}}]}}]})")}) {
    Scene scene({reply});
    EXPECT_FALSE(scene.ask().has_value()) << reply.bytes;
    EXPECT_EQ(scene.stub.requests().size(), 3u);
  }
}

TEST(AssistantClient, EndsATryThatHangs) {
  Settings impatient{.timeout = 50ms, .retries = 0};
  Scene scene({{"", true}}, impatient);
  EXPECT_EQ(scene.ask().error().code, ErrorCode::timed_out);
  Settings silent{.idle = 1s, .retries = 0};
  auto begun = StubModel::events("data: {\"choices\":[]}\n\n");
  begun.hangs = true;
  Scene stream({begun}, silent);
  EXPECT_EQ(stream.stream().error().code, ErrorCode::timed_out);
}

StatusTask ask_in_vain(Client& client, Deadline deadline) {
  ChatRequest request{.messages = {Message::user(kQuestion)}};
  const auto answer = co_await client.chat(request, deadline);
  co_return failure(ErrorCode::cancelled, answer ? "answered" : answer.error().message);
}

TEST(AssistantClient, LeavesNothingRunningWhenCancelled) {
  Scene scene({{"", true}});
  TaskGroup group(scene.loop.context().get_executor());
  group.spawn("asks", ask_in_vain(*scene.client, scene.clock.deadline_in(60s)));
  const SystemClock clock;
  const auto patience = clock.deadline_in(10s);
  while (scene.stub.hanging() == 0 && clock.left(patience) > 0ms) scene.loop.turn();
  ASSERT_EQ(scene.client->under_way(), 1);
  const auto began = clock.steady_now();
  bool stopped = false;
  asio::co_spawn(scene.loop.context(), group.stop(), [&stopped](std::exception_ptr) { stopped = true; });
  scene.loop.finish([&stopped] { return stopped; });
  while (scene.stub.hanging() > 0 && clock.left(patience) > 0ms) continue;
  EXPECT_LT(clock.steady_now() - began, 1s);
  EXPECT_EQ(scene.client->under_way(), 0);
  EXPECT_EQ(scene.stub.requests().size(), 1u);
}

TEST(AssistantClient, EmbedsInOrder) {
  Scene scene(
      {StubModel::json(R"({"data":[{"index":1,"embedding":[2,3]},{"index":0,"embedding":[0,1.5]}]})")});
  std::vector<OutgoingText> texts{OurText("a"), OurText("b")};
  const auto vectors = scene.loop.run(scene.client->embed(texts, scene.clock.deadline_in(10s)));
  ASSERT_TRUE(vectors.has_value()) << vectors.error().message;
  EXPECT_EQ(*vectors, (std::vector<std::vector<float>>{{0, 1.5}, {2, 3}}));
  texts.pop_back();
  EXPECT_FALSE(scene.loop.run(scene.client->embed(texts, scene.clock.deadline_in(60s))).has_value());
}

}  // namespace
}  // namespace selfheal::assistant
