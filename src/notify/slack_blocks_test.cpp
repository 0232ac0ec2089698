#include "notify/slack_blocks.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "notify/internal/mrkdwn_reader.h"
#include "notify/internal/slack_sample.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;
using internal::sample_notice;

std::string text_of(const json::value& block) { return std::string(block.at("text").at("text").as_string()); }

std::string all_text(const json::object& payload) { return json::serialize(payload); }

std::size_t blocks_of_type(const json::object& payload, std::string_view type) {
  std::size_t count = 0;
  for (const auto& block : payload.at("blocks").as_array()) count += block.at("type").as_string() == type;
  return count;
}

// Slack's documented limits, and the one that it does not document.
void expect_within_limits(const json::object& payload) {
  const auto& blocks = payload.at("blocks").as_array();
  EXPECT_LE(blocks.size(), kSlackBlocks);
  EXPECT_LE(slack_length(json::serialize(payload)), kSlackMessage);
  EXPECT_FALSE(payload.at("text").as_string().empty());
  for (const auto& block : blocks) {
    const auto& type = block.at("type").as_string();
    if (type == "header") EXPECT_LE(slack_length(text_of(block)), kSlackHeader);
    if (type == "section" && block.as_object().contains("text")) {
      EXPECT_LE(slack_length(text_of(block)), kSlackSection);
      EXPECT_FALSE(text_of(block).empty());
    }
    if (type != "section" || !block.as_object().contains("fields")) continue;
    EXPECT_LE(block.at("fields").as_array().size(), 10u);
    for (const auto& field : block.at("fields").as_array())
      EXPECT_LE(slack_length(field.at("text").as_string()), kSlackField);
  }
}

TEST(SlackBlocks, ReadInTheOrderInWhichSomebodyOnCallReads) {
  const auto message = slack_message_of(sample_notice(), SlackWay::app, "");
  expect_within_limits(message.payload);
  const auto& blocks = message.payload.at("blocks").as_array();
  EXPECT_EQ(text_of(blocks[0]), "▲ High · Idle transaction in billing blocks 4 sessions on invoice");
  EXPECT_EQ(text_of(blocks[1]),
            "*What is wrong* · SH-142 · awaiting approval\nSession 4121 is idle in transaction and holds row "
            "locks on "
            "invoice.");
  EXPECT_TRUE(text_of(blocks[2]).starts_with("*Why*\n• Session 4121")) << text_of(blocks[2]);
  EXPECT_TRUE(text_of(blocks[2]).contains("Ruled out: deadlock: no cycle")) << text_of(blocks[2]);
  const auto fields = json::serialize(blocks[3]);
  EXPECT_TRUE(fields.contains("acme/prod / shop")) << fields;
  EXPECT_TRUE(fields.contains("`LOCK_CONTENTION` · 55P03")) << fields;
  EXPECT_TRUE(fields.contains("37 since 17:41:40 UTC")) << fields;
  EXPECT_TRUE(fields.contains("confirmed, 2 of 2 checks")) << fields;
  EXPECT_TRUE(fields.contains("never treated")) << fields;
  EXPECT_TRUE(text_of(blocks[4]).starts_with("*Proposed fix* · risk low")) << text_of(blocks[4]);
  EXPECT_TRUE(text_of(blocks[4]).contains("`SELECT pg_terminate_backend(4121) FROM invoice`"));
  EXPECT_TRUE(text_of(blocks[5]).starts_with("*What to do*\n1. Set `idle_in_transaction_session_timeout`"))
      << text_of(blocks[5]);
  EXPECT_EQ(blocks[6].at("type"), "actions");
  const auto links = json::serialize(blocks[7]);
  EXPECT_TRUE(links.contains("<https://sh.example/incidents/SH-142|Open>")) << links;
  EXPECT_TRUE(links.contains("<https://sh.example/chat?incident=SH-142|Ask about it>")) << links;
  EXPECT_TRUE(message.payload.at("text").as_string().starts_with("[HIGH] SH-142 Idle transaction"));
}

TEST(SlackBlocks, CarryNumbersOnlyInTheirButtons) {
  const auto message = slack_message_of(sample_notice(), SlackWay::app, "");
  const auto& elements = message.payload.at("blocks").at(6).at("elements").as_array();
  ASSERT_EQ(elements.size(), 3u);
  EXPECT_EQ(elements[0].at("action_id"), "fix.review");
  EXPECT_EQ(elements[0].at("value"), "SH-142:9f2c0aa1");
  EXPECT_EQ(elements[1].at("value"), "SH-142");
  EXPECT_EQ(elements[2].at("options").at(0).at("value"), "SH-142:1h");
}

// A webhook's button shows a warning triangle: it has no app that answers.
TEST(SlackBlocks, HaveLinksAndNoButtonsInAWebhook) {
  const auto message = slack_message_of(sample_notice(), SlackWay::webhook, "");
  expect_within_limits(message.payload);
  EXPECT_EQ(blocks_of_type(message.payload, "actions"), 0u);
  EXPECT_TRUE(all_text(message.payload).contains("|Review and apply>"));
}

TEST(SlackBlocks, KeepWhatFiredWhenItHasHealed) {
  auto notice = sample_notice({.change = Change::healed, .state = IncidentState::healed});
  notice.explanation.clear();
  const auto message = slack_message_of(notice, SlackWay::app, "Session 4121 held row locks for 312 s.");
  const auto& blocks = message.payload.at("blocks").as_array();
  EXPECT_TRUE(text_of(blocks[0]).starts_with("✓ Healed · Idle transaction"));
  EXPECT_TRUE(text_of(blocks[1]).starts_with(
      "*What was wrong* · SH-142 · healed\nSession 4121 held row locks for 312 s."))
      << text_of(blocks[1]);
  EXPECT_TRUE(text_of(blocks[2]).contains("cured: nobody waits any more")) << text_of(blocks[2]);
  EXPECT_EQ(blocks_of_type(message.payload, "actions"), 0u);
  EXPECT_EQ(message.fired, "Session 4121 held row locks for 312 s.");
}

TEST(SlackBlocks, StayWithinSlacksLimitsWhateverTheTexts) {
  std::string huge;
  for (int i = 0; i < 900; ++i) huge += "<&\"\\>äöü ";
  for (const auto way : {SlackWay::app, SlackWay::webhook}) {
    auto notice = sample_notice({.stranger = huge});
    for (int i = 0; i < 50; ++i) {
      notice.explanation.push_back(notice.explanation.front());
      notice.recommendations.push_back(notice.recommendations.front());
      notice.remedy->statements.push_back(notice.remedy->statements.front());
      notice.ruled_out.push_back(notice.ruled_out.front());
      notice.timeline.push_back(notice.timeline.front());
    }
    expect_within_limits(slack_message_of(notice, way, huge).payload);
    expect_within_limits(slack_thread_message(slack_entries_of(notice)));
  }
}

// What a stranger wrote (a table's name, an error text) must not speak to Slack from within a message.
TEST(SlackBlocks, LetAStrangerSayNothingToSlack) {
  const std::string stranger =
      "<!channel> <https://evil.com|click> @here `x` *b* evil.example :tada: ann@evil.com";
  const auto clean = slack_message_of(sample_notice(), SlackWay::app, "").payload;
  const auto poisoned =
      slack_message_of(sample_notice({.stranger = stranger}), SlackWay::app, stranger).payload;
  const auto count = [](const json::object& payload) {
    internal::MrkdwnFindings all;
    for (const auto& block : payload.at("blocks").as_array()) {
      if (block.at("type") != "section" || !block.as_object().contains("text")) continue;
      const auto found = internal::read_mrkdwn(text_of(block), true);
      all.links += found.links;
      all.mentions += found.mentions;
      all.open_code += found.open_code;
    }
    const auto text = internal::read_mrkdwn(payload.at("text").as_string(), false);
    all.links += text.links;
    all.mentions += text.mentions;
    return all;
  };
  EXPECT_EQ(count(poisoned).links, count(clean).links);
  EXPECT_EQ(count(poisoned).mentions, 0);
  EXPECT_EQ(count(poisoned).open_code, 0);
  EXPECT_FALSE(all_text(poisoned).contains("<!channel>"));
  EXPECT_FALSE(all_text(poisoned).contains("https://evil.com"));
}

TEST(SlackBlocks, SayThatATestIsOne) {
  const auto notice =
      test_notice("slack", {.tenant = "acme", .pages = "https://sh.example"}, internal::kSampleNow);
  const auto message = slack_message_of(notice, SlackWay::webhook, "");
  expect_within_limits(message.payload);
  EXPECT_TRUE(all_text(message.payload).contains("Nothing is wrong"));
}

}  // namespace
}  // namespace selfheal::notify
