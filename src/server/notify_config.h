#pragma once

#include <string>

#include "base/secret.h"
#include "base/time.h"
#include "model/error_class.h"

namespace selfheal::server {

// Whom we tell, and when: [notify] of the configuration.
struct NotifyConfig {
  std::string base_url;  // of our pages as people reach them; empty: http:// and `listen`
  std::string chat_url;  // empty: /chat of the pages
  Severity min_severity = Severity::medium;
  Duration group_wait = 10s;
  Duration repeat_after = 4h;
  bool allow_http = false;
  Secret heartbeat_url;

  Secret slack_webhook;
  Secret slack_bot_token;       // makes the channel an app, which edits and has buttons
  Secret slack_app_token;       // presses come in over Socket Mode
  Secret slack_signing_secret;  // or over HTTP at `slack_listen`
  std::string slack_channel;
  std::string slack_listen;
  std::string slack_api = "https://slack.com/api";
  bool slack_broadcast = true;
  std::string slack_min_severity;  // empty: min_severity

  Secret webhook_url;
  Secret webhook_key;
  std::string webhook_min_severity;  // empty: min_severity
};

}  // namespace selfheal::server
