#include "notify/slack_actions.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "notify/internal/slack_sample.h"
#include "support/fake_slack.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;

class FakeDesk final : public SlackDesk {
 public:
  Task<std::optional<SlackPerson>> person_of(std::string member, Deadline) override {
    if (member == "U0ANN") co_return SlackPerson{.member = member, .name = "ann", .role = "developer", .may_decide = true};
    if (member == "U0VIC") co_return SlackPerson{.member = member, .name = "vic", .role = "viewer"};
    co_return std::optional<SlackPerson>();
  }
  Task<Incident> incident(IncidentNumber, Deadline) override { co_return incident_; }
  Task<std::string> approve(SlackPerson person, Approval approval, Deadline) override {
    heard.push_back(person.name + " approved " + approval.plan_id + " " + approval.plan_hash);
    if (refusal) co_return std::unexpected(*refusal);
    co_return "Session 4121 was ended.";
  }
  StatusTask take(SlackPerson person, IncidentNumber number, Deadline) override {
    heard.push_back(person.name + " took " + to_text(number));
    co_return Status{};
  }
  StatusTask mute(SlackPerson person, IncidentNumber number, SlackMute mute, Deadline) override {
    heard.push_back(person.name + " muted " + to_text(number) +
                    (mute.lasts == Duration(1h) ? " for 1 h" : ""));
    co_return Status{};
  }

  Incident incident_ = internal::sample_incident();
  std::optional<Error> refusal;
  std::vector<std::string> heard;
};

// Now is when the sample's plan still holds.
class SampleClock final : public Clock {
 public:
  Time now() const override { return internal::kSampleNow; }
  Deadline::Moment steady_now() const override { return system_.steady_now(); }
  asio::awaitable<bool> sleep(Duration duration) override { return system_.sleep(duration); }

 private:
  SystemClock system_;
};

struct World {
  test::Loop loop;
  test::FakeSlack slack{loop};
  SampleClock clock;
  Outbound outbound{{}};
  SlackClient client{{.base_url = slack.url(), .bot_token = Secret("xoxb-secret")}, outbound, clock};
  FakeDesk desk;
  SlackActions actions{loop.context().get_executor(), client, desk, clock};

  World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() { EXPECT_TRUE(loop.run(stopped(actions))); }

  static StatusTask stopped(SlackActions& all) {
    co_await all.stop();
    co_return Status{};
  }
  SlackReceipt press(const json::value& payload, std::string_view until) {
    auto receipt = actions.take(payload.as_object());
    loop.finish([&] { return slack.count(until) > 0; });
    return receipt;
  }
};

json::value button(const char* action, const char* value, const char* member = "U0ANN") {
  return {{"type", "block_actions"},
          {"user", {{"id", member}, {"name", "<!channel>"}}},
          {"channel", {{"id", "C024BE91L"}}},
          {"trigger_id", "1.2.abc"},
          {"response_url", "http://169.254.169.254/latest/meta-data"},
          {"actions", json::array{{{"action_id", action}, {"type", "button"}, {"value", value}}}}};
}

json::value submission(const json::object& view, bool ticked, const char* member = "U0ANN") {
  json::array chosen;
  if (ticked) chosen.push_back({{"value", "9f2c0aa1"}});
  return {{"type", "view_submission"},
          {"user", {{"id", member}}},
          {"view",
           {{"id", "V0VIEW"},
            {"callback_id", "fix.apply"},
            {"private_metadata", view.at("private_metadata")},
            {"state", {{"values", {{"confirm", {{"confirmed", {{"selected_options", chosen}}}}}}}}}}}};
}

std::string text_of(const json::value& value) { return json::serialize(value); }

TEST(SlackActions, OpenAPlanAndApplyItOnlyWhenTheBoxIsTicked) {
  World world;
  world.press(button("fix.review", "SH-142:9f2c0aa1"), "views.open");
  const auto view = world.slack.last("views.open").body.at("view").as_object();
  EXPECT_EQ(world.slack.last("views.open").body.at("trigger_id"), "1.2.abc");
  const auto text = text_of(view);
  for (const auto* part :
       {"End session 4121 of invoice", "`SELECT pg_terminate_backend(4121)", "one open transaction is",
        "cannot be undone", "it is still idle in transaction", "Yes: End session 4121 of invoice"})
    EXPECT_TRUE(text.contains(part)) << part << text;
  EXPECT_TRUE(world.desk.heard.empty());

  const auto unticked = world.actions.take(submission(view, false).as_object());
  EXPECT_EQ(unticked.answer->at("response_action"), "errors");
  EXPECT_TRUE(world.desk.heard.empty());

  const auto ticked = world.press(submission(view, true), "views.update");
  EXPECT_EQ(ticked.answer->at("response_action"), "update");
  EXPECT_FALSE(ticked.answer->at("view").as_object().contains("submit"));
  EXPECT_EQ(world.desk.heard, std::vector<std::string>{"ann approved plan-9f2 9f2c0aa1"});
  EXPECT_TRUE(text_of(world.slack.last("views.update").body).contains("Session 4121 was ended."));
}

TEST(SlackActions, TellsAStrangerHowToLinkAnAccountAndDoesNothing) {
  for (const auto* action : {"incident.take", "fix.review"}) {
    World world;
    const auto* value = std::string_view(action) == "fix.review" ? "SH-142:9f2c0aa1" : "SH-142";
    world.press(button(action, value, "U0EVE"), "chat.postEphemeral");
    const auto& told = world.slack.last("chat.postEphemeral").body;
    EXPECT_EQ(told.at("user"), "U0EVE");
    EXPECT_TRUE(text_of(told.at("text")).contains("Link your account")) << text_of(told);
    EXPECT_TRUE(text_of(told.at("text")).contains("U0EVE")) << text_of(told);
    EXPECT_TRUE(world.desk.heard.empty());
    EXPECT_EQ(world.slack.count("views.open"), 0);
  }
}

TEST(SlackActions, ShowsAViewerThePlanWithoutAButton) {
  World world;
  world.press(button("fix.review", "SH-142:9f2c0aa1", "U0VIC"), "views.open");
  const auto& view = world.slack.last("views.open").body.at("view").as_object();
  EXPECT_FALSE(view.contains("submit"));
  EXPECT_TRUE(text_of(view).contains("viewer")) << text_of(view);
}

TEST(SlackActions, SaysThatThePlanHasChangedOrIsOver) {
  {
    World world;
    world.press(button("fix.review", "SH-142:other"), "views.open");
    EXPECT_TRUE(text_of(world.slack.last("views.open").body).contains("has changed since"));
  }
  {
    World world;
    world.desk.incident_.plan->expires_at = internal::kSampleNow;
    world.press(button("fix.review", "SH-142:9f2c0aa1"), "views.open");
    EXPECT_TRUE(text_of(world.slack.last("views.open").body).contains("expired"));
    EXPECT_FALSE(world.slack.last("views.open").body.at("view").as_object().contains("submit"));
  }
  World world;
  world.desk.incident_.state = IncidentState::healed;
  world.press(button("fix.review", "SH-142:9f2c0aa1"), "views.open");
  EXPECT_TRUE(text_of(world.slack.last("views.open").body).contains("healed"));
}

TEST(SlackActions, SaysWhyAnApprovalWasRefused) {
  World world;
  world.press(button("fix.review", "SH-142:9f2c0aa1"), "views.open");
  const auto view = world.slack.last("views.open").body.at("view").as_object();
  world.desk.refusal = Error{ErrorCode::conflict, "The plan has changed since it was shown."};
  world.press(submission(view, true), "views.update");
  EXPECT_TRUE(
      text_of(world.slack.last("views.update").body).contains("Nothing was done: The plan has changed"));
}

TEST(SlackActions, TakeAndMuteAnIncident) {
  World world;
  world.press(button("incident.take", "SH-142"), "chat.postEphemeral");
  auto mute = button("incident.mute", "");
  mute.at("actions").at(0).as_object()["selected_option"] = {{"value", "SH-142:1h"}};
  world.actions.take(mute.as_object());
  world.loop.finish([&world] { return world.desk.heard.size() == 2; });
  EXPECT_EQ(world.desk.heard, (std::vector<std::string>{"ann took SH-142", "ann muted SH-142 for 1 h"}));
}

// Each is what an attacker might send who got hold of the way in.
TEST(SlackActions, DoNothingForAPayloadThatDoesNotFit) {
  World world;
  const char* kPayloads[] = {
      "{}",
      R"({"type":"block_actions"})",
      R"({"type":"block_actions","user":{"id":"U0ANN"},"actions":[]})",
      R"({"type":"block_actions","user":{"id":"U0ANN"},"channel":{"id":"C024BE91L"},"trigger_id":"1","actions":[{"action_id":"incident.take","value":"SH-1; DROP TABLE x"}]})",
      R"({"type":"block_actions","user":{"id":"U0ANN"},"channel":{"id":"C024BE91L"},"trigger_id":"1","actions":[{"action_id":"incident.take","value":"SH-0"}]})",
      R"({"type":"block_actions","user":{"id":"<!channel>"},"channel":{"id":"C024BE91L"},"trigger_id":"1","actions":[{"action_id":"incident.take","value":"SH-1"}]})",
      R"({"type":"block_actions","user":{"id":"U0ANN"},"channel":{"id":"http://x"},"trigger_id":"1","actions":[{"action_id":"incident.take","value":"SH-1"}]})",
      R"({"type":"block_actions","user":{"id":"U0ANN"},"channel":{"id":"C024BE91L"},"trigger_id":"1","actions":[{"action_id":"fix.apply","value":"SH-1:aa"}]})",
      R"({"type":"block_actions","user":{"id":"U0ANN"},"channel":{"id":"C024BE91L"},"trigger_id":"1","actions":[{"action_id":"incident.mute","selected_option":{"value":"SH-1:forever"}}]})",
      R"({"type":"view_submission","user":{"id":"U0ANN"},"view":{"id":"V1","callback_id":"fix.apply","private_metadata":"not json"}})",
      R"({"type":"view_submission","user":{"id":"U0ANN"},"view":{"id":"V1","callback_id":"fix.apply","private_metadata":"{}"}})",
      R"({"type":"view_submission","user":{"id":"U0ANN"},"view":{"id":"V1","callback_id":"other"}})",
      R"({"type":["block_actions"],"user":"U0ANN","actions":{}})"};
  for (const auto* payload : kPayloads) {
    const auto receipt = world.actions.take(json::parse(payload).as_object());
    EXPECT_FALSE(receipt.answer) << payload;
  }
  world.loop.turn();
  EXPECT_TRUE(world.desk.heard.empty());
  EXPECT_TRUE(world.slack.calls.empty());
}

}  // namespace
}  // namespace selfheal::notify
