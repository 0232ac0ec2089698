#include "notify/slack_client.h"

#include <gtest/gtest.h>

#include "support/fake_slack.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;

// What a test needs to speak to the Slack that plays.
struct Line {
  test::Loop loop;
  test::FakeSlack slack{loop};
  SystemClock clock;
  Outbound outbound{{}};
  SlackClient client{
      {.base_url = slack.url(), .bot_token = Secret("xoxb-secret"), .app_token = Secret("xapp-secret")},
      outbound,
      clock};

  Task<SlackAnswer> calling(std::string method, json::object arguments) {
    auto answer = co_await client.call(std::move(method), std::move(arguments), clock.deadline_in(10s));
    co_return answer;
  }
  SlackAnswer call(std::string method, json::object arguments = {}) {
    return *loop.run(calling(std::move(method), std::move(arguments)));
  }
};

TEST(SlackClient, SendsItsTokenAndReadsTheAnswer) {
  Line line;
  const auto answer = line.call("chat.postMessage", {{"channel", "C1"}, {"text", "hello"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->at("ts"), "1503435956.000247");
  EXPECT_EQ(line.slack.last("chat.postMessage").authorization, "Bearer xoxb-secret");
  EXPECT_EQ(line.slack.last("chat.postMessage").body.at("text"), "hello");
}

struct Failure {
  const char* word;
  bool may_retry;
  const char* advice;
};

TEST(SlackClient, SaysWhatARefusalMeansAndWhatToDo) {
  constexpr Failure kFailures[] = {{"channel_not_found", false, "/invite"},
                                   {"invalid_auth", false, "copy it again"},
                                   {"missing_scope", false, "docs/slack.md"},
                                   {"internal_error", true, "trouble of its own"},
                                   {"a_word_of_tomorrow", false, "a_word_of_tomorrow"}};
  Line line;
  for (const auto& [word, may_retry, advice] : kFailures) {
    line.slack.answer_error("auth.test", word);
    const auto answer = line.call("auth.test");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().word, word);
    EXPECT_EQ(answer.error().may_retry, may_retry) << word;
    EXPECT_TRUE(answer.error().explanation().contains(advice)) << answer.error().explanation();
  }
}

TEST(SlackClient, RepeatsNothingThatAStrangerAnswers) {
  Line line;
  line.slack.answer_error("auth.test", "<script>alert(1)</script>");
  EXPECT_EQ(line.call("auth.test").error().word, "unknown_error");
  line.slack.answer("auth.test", {.status = 200, .body = "<html>", .content_type = "text/html"});
  EXPECT_EQ(line.call("auth.test").error().word, "not_json");
}

TEST(SlackClient, KeepsAwayUntilTheTimeThatSlackNamed) {
  Line line;
  http::Response limited{.status = 429, .body = "", .content_type = ""};
  limited.headers.add("Retry-After", "30");
  line.slack.answer("chat.update", limited);
  const auto first = line.call("chat.update", {{"channel", "C1"}});
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().word, "ratelimited");
  EXPECT_TRUE(first.error().may_retry);
  EXPECT_EQ(first.error().wait, Duration(30s));
  // Not asked again; another method is.
  const auto second = line.call("chat.update", {{"channel", "C2"}});
  EXPECT_EQ(second.error().word, "ratelimited");
  EXPECT_GT(*second.error().wait, Duration(25s));
  EXPECT_EQ(line.slack.count("chat.update"), 1);
  EXPECT_TRUE(line.call("reactions.add"));
}

TEST(SlackClient, WritesToOneChannelOnceASecond) {
  Line line;
  const auto start = line.loop.now();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(line.call("chat.postMessage", {{"channel", "C1"}}));
  EXPECT_GE(line.loop.since(start), 2s);
  ASSERT_TRUE(line.call("chat.postMessage", {{"channel", "C2"}}));
  EXPECT_LT(line.loop.since(start), 3s);
}

TEST(SlackClient, SaysThatNobodyAnswersWithoutItsToken) {
  Line line;
  SlackClient away({.base_url = "http://127.0.0.1:1/api", .bot_token = Secret("xoxb-secret")}, line.outbound,
                   line.clock);
  const auto calling = [](SlackClient& client, Clock& clock) -> Task<SlackAnswer> {
    auto answer = co_await client.call("auth.test", {}, clock.deadline_in(5s));
    co_return answer;
  };
  const auto answer = *line.loop.run(calling(away, line.clock));
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().may_retry);
  EXPECT_TRUE(answer.error().explanation().contains("unreachable")) << answer.error().explanation();
  EXPECT_FALSE(answer.error().explanation().contains("xoxb"));
}

TEST(SlackClient, OpensASocketWithTheAppsToken) {
  Line line;
  line.slack.answer("apps.connections.open",
                    http::json_response(R"({"ok":true,"url":"wss://example.com/x"})"));
  const auto opening = [](SlackClient& client, Clock& clock) -> Task<std::expected<Secret, SlackFailure>> {
    auto url = co_await client.open_socket(clock.deadline_in(5s));
    co_return url;
  };
  const auto url = *line.loop.run(opening(line.client, line.clock));
  ASSERT_TRUE(url);
  EXPECT_EQ(url->reveal_to_client(), "wss://example.com/x");
  EXPECT_EQ(line.slack.last("apps.connections.open").authorization, "Bearer xapp-secret");
}

TEST(SlackClient, ReadsTheWordOfAWebhook) {
  EXPECT_EQ(slack_failure_of_webhook({.status = 404, .body = "no_service"}).word, "no_service");
  EXPECT_FALSE(slack_failure_of_webhook({.status = 404, .body = "no_service"}).may_retry);
  EXPECT_TRUE(slack_failure_of_webhook({.status = 500, .body = "rollup_error"}).may_retry);
  EXPECT_TRUE(slack_failure_of_webhook({.status = 429}).may_retry);
  EXPECT_EQ(slack_failure_of_webhook({.status = 403, .body = "<html>"}).word, "http_403");
}

}  // namespace
}  // namespace selfheal::notify
