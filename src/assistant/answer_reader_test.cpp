#include "assistant/internal/answer_reader.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>

#include "assistant/circuit_breaker.h"
#include "assistant/internal/endpoint.h"
#include "assistant/internal/json_schema.h"
#include "http/sse_decoder.h"
#include "support/simulated_clock.h"

namespace selfheal::assistant::internal {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Result<Answer> answer_of(std::string_view stream, std::size_t cut) {
  http::SseDecoder decoder(1 << 20);
  AnswerMaker maker(1 << 20);
  Status wrong;
  const auto take = [&](const http::SseEvent& event) {
    const auto more = maker.take_event(event.data);
    if (!more) wrong = std::unexpected(more.error());
    return more && *more;
  };
  for (const auto part : {stream.substr(0, cut), stream.substr(cut)}) TRY_OK(decoder.feed(part, take));
  TRY_OK(wrong);
  return std::move(maker).finish();
}

TEST(AnswerReader, ReadsAStreamCutAtAnyByte) {
  const std::string stream =
      ": ping\r\n\r\ndata: {\"choices\":[]}\r\n\r\n"
      "data: {\"choices\":[{\"delta\":{\"content\":\"Hé\",\"reasoning_content\":\"hm\"}}]}\r\n\r\n"
      R"(data: {"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"see","arguments":{"x":1}}}]}}]})"
      "\n\n"
      R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"look","arguments":"{\"q\":"}}]}}]})"
      "\n\n"
      R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"2}"}}]},"finish_reason":"tool_calls"}]})"
      "\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    const auto answer = answer_of(stream, cut);
    ASSERT_TRUE(answer.has_value()) << cut << answer.error().message;
    EXPECT_EQ(answer->text.text(), "Hé");
    EXPECT_EQ(answer->reasoning.text(), "hm");
    EXPECT_EQ(answer->usage.completion_tokens, 5);
    EXPECT_EQ(answer->finish, Finish::tool_calls);
    ASSERT_EQ(answer->calls.size(), 2u);
    EXPECT_EQ(answer->calls[0].raw_arguments(), "{\"q\":2}");
    EXPECT_EQ(answer->calls[1].name(), "see");
    EXPECT_EQ(answer->calls[1].arguments()->at("x").as_int64(), 1);
  }
}

TEST(AnswerReader, RefusesAStreamThatEndsEarly) {
  EXPECT_FALSE(answer_of("data: {\"choices\":[{\"delta\":{\"content\":\"Hé\"}}]}\n\n", 0).has_value());
  EXPECT_TRUE(
      answer_of("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n", 0)
          .has_value());
}

TEST(AnswerReader, HoldsNoMoreThanItsLimits) {
  AnswerMaker small(8);
  EXPECT_FALSE(small.take_body(R"({"choices":[{"message":{"content":"123456789"}}]})").has_value());
  AnswerMaker wild(1 << 20);
  std::string calls;
  for (int i = 0; i < 17; ++i) calls += R"({"function":{"name":"f"}},)";
  calls.pop_back();
  EXPECT_FALSE(wild.take_body(R"({"choices":[{"message":{"tool_calls":[)" + calls + "]}}]}").has_value());
  AnswerMaker deep(1 << 20);
  EXPECT_FALSE(deep.take_body(std::string(100000, '[')).has_value());
}

TEST(AnswerReader, KeepsArgumentsThatAreNoJson) {
  AnswerMaker maker(1 << 20);
  ASSERT_TRUE(
      maker.take_body(R"({"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f",)"
                      R"("arguments":"{oops"}}]}}]})"));
  const auto answer = std::move(maker).finish();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->calls.at(0).id(), "call_0");
  EXPECT_FALSE(answer->calls.at(0).arguments().has_value());
}

TEST(JsonSchema, SaysWhereAnAnswerDoesNotFit) {
  const auto schema = boost::json::parse(
      R"({"type":"object","required":["a"],"additionalProperties":false,"properties":{"a":{"type":"array",)"
      R"("items":{"type":["string","null"],"enum":["x",null]}}}})");
  EXPECT_TRUE(validate(boost::json::parse(R"({"a":["x",null]})"), schema));
  for (const auto* wrong :
       {"[]", "{}", R"({"a":1})", R"({"a":["y"]})", R"({"a":[1]})", R"({"a":[],"b":1})"}) {
    EXPECT_FALSE(validate(boost::json::parse(wrong), schema).has_value()) << wrong;
  }
  EXPECT_EQ(validate(boost::json::parse(R"({"a":["y"]})"), schema).error().message,
            "language model: the answer is none of the allowed values at /a/-");
  EXPECT_TRUE(extract_json("so {not} this: ```{\"a\":[]}``` {").is_object());
  EXPECT_TRUE(extract_json(std::string(100000, '{')).is_null());
}

TEST(Endpoint, KnowsTheUsualServers) {
  struct Case {
    const char* url;
    const char* address;
    const char* target;
    bool bearer;
  };
  for (const auto& one : {
           Case{"https://api.openai.com/v1", "https://api.openai.com", "/v1/chat/completions", true},
           Case{"http://localhost:11434/v1/", "http://localhost:11434", "/v1/chat/completions", true},
           Case{"https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com",
                "/openai/v1/chat/completions", false},
           Case{"https://r.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
                "https://r.openai.azure.com", "/openai/deployments/d/chat/completions?api-version=2024-10-21",
                false},
           Case{"https://r.openai.azure.com?api-version=2024-10-21", "https://r.openai.azure.com",
                "/openai/deployments/m/chat/completions?api-version=2024-10-21", false},
       }) {
    const auto endpoint = endpoint_of({.base_url = one.url, .api_key = Secret("k")}, "chat/completions", "m");
    ASSERT_TRUE(endpoint.has_value()) << one.url;
    EXPECT_EQ(endpoint->address, one.address);
    EXPECT_EQ(endpoint->target, one.target);
    EXPECT_EQ(endpoint->bearer, one.bearer);
    EXPECT_EQ(endpoint->headers.get("api-key"), one.bearer ? "" : "k");
  }
  for (const auto* bad : {"", "ftp://x", "https://", "https://u:canary@h/v1", "https://h/v1#canary"}) {
    const auto endpoint = endpoint_of({.base_url = bad}, "embeddings", "m");
    ASSERT_FALSE(endpoint.has_value()) << bad;
    EXPECT_THAT(endpoint.error().message, Not(HasSubstr("canary")));
  }
}

TEST(Refusal, ReadsAMomentToComeBack) {
  http::Response response{.status = 429, .body = R"({"error":"busy"})"};
  response.headers.set("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT");
  const auto now = *parse_time("1994-11-06T08:49:30Z");
  EXPECT_EQ(refusal_of(response, now).retry_after, 7s);
  for (const auto* nonsense : {"nan", "-1", "soon", ""}) {
    response.headers.set("Retry-After", nonsense);
    EXPECT_EQ(refusal_of(response, now).retry_after, std::nullopt) << nonsense;
  }
}

TEST(Refusal, IsFinalWhenTheQuotaIsUsedUp) {
  EXPECT_TRUE(may_retry({.status = 429, .code = "rate_limit_exceeded"}));
  EXPECT_FALSE(may_retry({.status = 429, .code = "insufficient_quota"}));
  EXPECT_FALSE(may_retry({.status = 429, .type = "org_spend_limit_exceeded"}));
}

TEST(Refusal, QuotesNothingThatCouldBeTheKey) {
  const Settings settings{.api_key = Secret("sk-canary")};
  const Refusal echoing{.status = 500,
                        .message = "canary",
                        .type = "sk-canary",
                        .code = "Canary text",
                        .request_id = "sk-canary"};
  EXPECT_EQ(error_of(echoing, settings).message, "language model: status 500");
  EXPECT_EQ(error_of({.status = 500, .code = std::string(49, 'a')}, settings).message,
            "language model: status 500");
}

TEST(Refusal, WaitsLongerEachTimeUpToEightSeconds) {
  SeededRandom random(7);
  for (int i = 0; i < 200; ++i) {
    EXPECT_GE(retry_delay(1, {}, random), 500ms);
    EXPECT_LE(retry_delay(1, {}, random), 1s);
    EXPECT_EQ(retry_delay(9, {}, random), 8s);
    EXPECT_EQ(retry_delay(1, Duration(20s), random), 20s);
  }
}

TEST(CircuitBreaker, LetsOneThroughAfterAPause) {
  test::SimulatedClock clock(*parse_time("2026-01-01T00:00:00Z"));
  CircuitBreaker breaker(clock);
  for (int i = 0; i < 4; ++i) breaker.failed();
  EXPECT_TRUE(breaker.lets_through());
  breaker.succeeded();
  for (int i = 0; i < 5; ++i) breaker.failed();
  EXPECT_FALSE(breaker.lets_through());
  asio::io_context context;
  const auto pass = [&](Duration pause) {
    asio::co_spawn(context, clock.sleep(pause), [](std::exception_ptr, bool) {});
    clock.run(context, clock.now() + pause, [] { return false; });
  };
  pass(CircuitBreaker::kPause);
  EXPECT_TRUE(breaker.lets_through());
  EXPECT_FALSE(breaker.lets_through());
  breaker.failed();
  pass(CircuitBreaker::kPause);
  EXPECT_TRUE(breaker.lets_through());
  breaker.succeeded();
  EXPECT_TRUE(breaker.lets_through());
}

}  // namespace
}  // namespace selfheal::assistant::internal
