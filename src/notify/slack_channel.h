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
  // Presses come in. Without, its messages have links instead, as a webhook's do.
  bool buttons = true;
};

// An app: one message per incident, edited in place; what happens to it stands in its thread; a tick when it
// has healed. `client` and `clock` outlive it.
std::unique_ptr<Channel> make_slack_app(SlackAppSettings settings, SlackClient& client);

}  // namespace selfheal::notify
