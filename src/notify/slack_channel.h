#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "notify/channel.h"
#include "notify/outbound.h"
#include "notify/slack_client.h"

namespace selfheal::notify {

// An incoming webhook: it can neither edit nor thread, and carries no buttons, which Slack would mark with a
// warning. `outbound` and `clock` outlive it.
std::unique_ptr<Channel> make_slack_webhook(Secret url, Outbound& outbound, const Clock& clock);

struct SlackAppSettings {
  std::string channel;  // "#incidents" or "C024BE91L"
  // A reopened or failed incident is also said in the channel, not in its thread only.
  bool broadcast = true;
};

// An app: one message per incident, edited in place; what happens to it stands in its thread; a tick when it
// has healed. `client` and `clock` outlive it.
std::unique_ptr<Channel> make_slack_app(SlackAppSettings settings, SlackClient& client);

// "https://hooks.slack.com/services/xxx/yyy/zzz" and its like: what examples say.
bool is_example_slack_value(std::string_view value);

}  // namespace selfheal::notify
