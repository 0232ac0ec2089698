#include "notify/slack_channel.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "notify/internal/slack_sample.h"
#include "support/fake_slack.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;
using internal::sample_notice;
using Outcome = Delivery::Outcome;

struct World {
  test::Loop loop;
  test::FakeSlack slack{loop};
  SystemClock clock;
  Outbound outbound{{}};
  SlackClient client{{.base_url = slack.url(), .bot_token = Secret("xoxb-secret")}, outbound, clock};
  std::unique_ptr<Channel> app = make_slack_app({.channel = "#incidents"}, client);
  std::unique_ptr<Channel> webhook = make_slack_webhook(Secret(slack.webhook()), outbound, clock);

  static Task<Delivery> delivering(Channel& channel, Notice notice, std::string receipt, Deadline deadline) {
    auto delivery = co_await channel.deliver(std::move(notice), std::move(receipt), deadline);
    co_return delivery;
  }
  Delivery deliver(Channel& channel, Notice notice, std::string receipt = {}) {
    return *loop.run(delivering(channel, std::move(notice), std::move(receipt), clock.deadline_in(15s)));
  }
  Delivery tell(const internal::SampleNotice& sample, std::string receipt = {}) {
    return deliver(*app, sample_notice(sample), std::move(receipt));
  }
};

TEST(SlackApp, WritesOneMessageAndEditsItFromThenOn) {
  World world;
  const auto first = world.tell({.change = Change::opened});
  ASSERT_EQ(first.outcome, Outcome::delivered) << first.answer;
  EXPECT_EQ(world.slack.count("chat.postMessage"), 1);
  const auto& post = world.slack.last("chat.postMessage").body;
  EXPECT_EQ(post.at("channel"), "#incidents");
  EXPECT_FALSE(post.contains("thread_ts"));

  const auto second = world.tell({}, first.receipt);
  ASSERT_EQ(second.outcome, Outcome::delivered) << second.answer;
  const auto& edit = world.slack.last("chat.update").body;
  EXPECT_EQ(edit.at("channel"), "C024BE91L");
  EXPECT_EQ(edit.at("ts"), "1503435956.000247");
  // What happened stands in the thread, where it disturbs nobody.
  const auto& reply = world.slack.last("chat.postMessage").body;
  EXPECT_EQ(reply.at("thread_ts"), "1503435956.000247");
  EXPECT_FALSE(reply.contains("reply_broadcast"));
  EXPECT_EQ(world.slack.count("chat.postMessage"), 2);
}

TEST(SlackApp, TicksTheMessageWhenTheIncidentHasHealedAndKeepsWhatFired) {
  World world;
  const auto first = world.tell({});
  const auto healed = world.tell({.change = Change::healed, .state = IncidentState::healed}, first.receipt);
  ASSERT_EQ(healed.outcome, Outcome::delivered);
  EXPECT_EQ(world.slack.last("reactions.add").body.at("name"), "white_check_mark");
  EXPECT_EQ(world.slack.last("reactions.add").body.at("timestamp"), "1503435956.000247");
  EXPECT_FALSE(world.slack.last("chat.postMessage").body.contains("reply_broadcast"));
  EXPECT_TRUE(
      json::serialize(world.slack.last("chat.update").body).contains("Session 4121 is idle in transaction"));
  // Told again (after a crash), it is not ticked twice.
  world.tell({.change = Change::healed, .state = IncidentState::healed}, healed.receipt);
  EXPECT_EQ(world.slack.count("reactions.add"), 1);
}

TEST(SlackApp, IsLoudOnlyWhenSomethingComesBackOrFails) {
  World world;
  const auto first = world.tell({});
  for (const auto change : {Change::reopened, Change::failed}) {
    world.tell({.change = change, .state = IncidentState::reopened}, first.receipt);
    EXPECT_EQ(world.slack.last("chat.postMessage").body.at("reply_broadcast"), true);
  }
}

TEST(SlackApp, WritesAnewWhenItsMessageWasDeleted) {
  World world;
  const auto first = world.tell({});
  world.slack.answer_error("chat.update", "message_not_found");
  const auto again = world.tell({}, first.receipt);
  EXPECT_EQ(again.outcome, Outcome::delivered);
  EXPECT_FALSE(again.receipt.empty());
}

TEST(SlackApp, OwesTheThreadWhatDidNotGetThrough) {
  World world;
  const auto first = world.tell({});
  world.slack.answer("chat.postMessage", {.status = 500});
  const auto second = world.tell({}, first.receipt);
  // The message itself was edited: it must not be written a second time.
  ASSERT_EQ(second.outcome, Outcome::delivered);
  auto notice = sample_notice();
  notice.timeline.clear();
  const auto third = world.deliver(*world.app, notice, second.receipt);
  ASSERT_EQ(third.outcome, Outcome::delivered);
  EXPECT_TRUE(json::serialize(world.slack.last("chat.postMessage").body).contains("proposed"));
}

TEST(SlackApp, SaysWhetherLaterHelps) {
  World world;
  world.slack.answer_error("chat.postMessage", "not_in_channel");
  const auto rejected = world.tell({});
  EXPECT_EQ(rejected.outcome, Outcome::rejected);
  EXPECT_TRUE(rejected.answer.contains("/invite")) << rejected.answer;
  http::Response limited{.status = 429};
  limited.headers.add("Retry-After", "7");
  world.slack.answer("chat.postMessage", limited);
  const auto later = world.tell({});
  EXPECT_EQ(later.outcome, Outcome::try_later);
  EXPECT_EQ(later.wait, Duration(7s));
}

TEST(SlackWebhook, WritesAMessageAndRemembersWhatFired) {
  World world;
  EXPECT_FALSE(world.webhook->can_edit());
  const auto first = world.deliver(*world.webhook, sample_notice());
  ASSERT_EQ(first.outcome, Outcome::delivered) << first.answer;
  EXPECT_EQ(world.slack.last("hook").authorization, "");
  auto healed = sample_notice({.change = Change::healed, .state = IncidentState::healed});
  healed.explanation.clear();
  world.deliver(*world.webhook, healed, first.receipt);
  EXPECT_TRUE(json::serialize(world.slack.last("hook").body).contains("Session 4121 is idle in transaction"));
}

TEST(SlackWebhook, SaysWhatToDoWhenTheHookIsGone) {
  World world;
  world.slack.answer("hook", {.status = 404, .body = "no_service", .content_type = "text/html"});
  const auto delivery = world.deliver(*world.webhook, sample_notice());
  EXPECT_EQ(delivery.outcome, Outcome::rejected);
  EXPECT_TRUE(delivery.answer.contains("create it anew")) << delivery.answer;
}

TEST(SlackApp, HasLinksWhenNoPressCanComeIn) {
  World world;
  world.app = make_slack_app({.channel = "#incidents", .buttons = false}, world.client);
  world.tell({});
  const auto text = json::serialize(world.slack.last("chat.postMessage").body);
  EXPECT_FALSE(text.contains("\"actions\"")) << text;
  EXPECT_TRUE(text.contains("|Review and apply>")) << text;
}

}  // namespace
}  // namespace selfheal::notify
