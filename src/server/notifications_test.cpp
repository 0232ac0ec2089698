#include "server/notifications.h"

#include <gtest/gtest.h>

#include <fstream>

namespace selfheal::server {
namespace {

Result<LoadedConfig> from(std::map<std::string, std::string> environment) {
  return load_config({.files = {}, .dotenv = "/nonexistent", .environment = std::move(environment)});
}

std::vector<ChannelOutlook> outlooks(std::map<std::string, std::string> environment) {
  const auto loaded = from(std::move(environment));
  EXPECT_TRUE(loaded) << loaded.error().message;
  return loaded ? channels_in(loaded->config) : std::vector<ChannelOutlook>{};
}

const ChannelOutlook& named(const std::vector<ChannelOutlook>& all, const std::string& name) {
  for (const auto& one : all)
    if (one.name == name) return one;
  ADD_FAILURE() << "no channel " << name;
  return all.front();
}

TEST(Notifications, AreOffUntilTheyAreSet) {
  for (const auto& outlook : outlooks({})) {
    EXPECT_FALSE(outlook.off_why.empty()) << outlook.name;
    EXPECT_FALSE(outlook.is_mistake) << outlook.name;
  }
}

TEST(Notifications, ShowTheHostAndNothingElseOfAnAddress) {
  const auto all = outlooks({{"SLACK_WEBHOOK", "https://hooks.slack.com/services/T1/B2/secret"},
                             {"SELFHEAL_NOTIFY_WEBHOOK_URL", "http://127.0.0.1:8080/secret"}});
  EXPECT_EQ(named(all, "slack").destination, "hooks.slack.com");
  EXPECT_EQ(named(all, "slack").off_why, "");
  EXPECT_EQ(named(all, "webhook").destination, "127.0.0.1:8080");
}

TEST(Notifications, AnExampleValueIsNoAddress) {
  for (const auto* example :
       {"https://hooks.slack.com/services/xxx/yyy/zzz",
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"}) {
    const auto all = outlooks({{"SLACK_WEBHOOK", example}});
    EXPECT_EQ(named(all, "slack").off_why, "SLACK_WEBHOOK is still the example value");
    EXPECT_TRUE(named(all, "slack").is_mistake);
  }
}

TEST(Notifications, WhatCannotBeSentToIsAMistakeThatIsNotRepeated) {
  const auto all = outlooks({{"SLACK_WEBHOOK", "hooks.slack.com/secret"},
                             {"SELFHEAL_NOTIFY_WEBHOOK_URL", "http://example.com/secret"}});
  for (const auto* name : {"slack", "webhook"}) {
    EXPECT_TRUE(named(all, name).is_mistake) << name;
    EXPECT_EQ(named(all, name).off_why.find("secret"), std::string::npos) << named(all, name).off_why;
  }
  EXPECT_EQ(named(outlooks({{"SELFHEAL_NOTIFY_WEBHOOK_URL", "http://example.com/x"},
                            {"SELFHEAL_NOTIFY_ALLOW_HTTP", "true"}}),
                  "webhook")
                .off_why,
            "");
}

TEST(Notifications, SecretsComeFromFilesToo) {
  const std::string file = "/tmp/selfheal-secret-" + std::to_string(::getpid());
  std::ofstream(file) << "https://hooks.slack.com/services/T1/B2/secret\n";
  EXPECT_EQ(named(outlooks({{"SLACK_WEBHOOK_FILE", file}}), "slack").off_why, "");
  std::filesystem::remove(file);
}

TEST(Notifications, TimesHaveUnitsAndLimits) {
  const auto loaded = from({{"SELFHEAL_NOTIFY_GROUP_WAIT", "30s"}, {"SELFHEAL_NOTIFY_REPEAT_AFTER", "0"}});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.notify.group_wait, 30s);
  EXPECT_EQ(loaded->config.notify.repeat_after, 0s);
  for (const auto* wrong : {"", "10", "-1s", "2h", "10 s", "10d", "99999999999999999999h"})
    EXPECT_FALSE(from({{"SELFHEAL_NOTIFY_GROUP_WAIT", wrong}})) << wrong;
  EXPECT_FALSE(from({{"SELFHEAL_NOTIFY_MIN_SEVERITY", "severe"}}));
  EXPECT_FALSE(from({{"CHATBOT_URL", "javascript:alert(1)"}}));
  EXPECT_FALSE(from({{"CHATBOT_URL", "https://a.example/|x> <!channel>"}}));
  EXPECT_TRUE(from({{"CHATBOT_URL", "https://a.example/chat"}}));
}

}  // namespace
}  // namespace selfheal::server
