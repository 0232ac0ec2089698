#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "notify/channel.h"
#include "notify/outbound.h"

namespace selfheal::notify {

struct SlackApiSettings {
  std::string base_url = "https://slack.com/api";
  Secret bot_token = {};  // "xoxb-…": writes messages
  Secret app_token = {};  // "xapp-…": opens Socket Mode; empty: there is none
};

// What Slack, or the way there, said instead of doing what it was asked.
struct SlackFailure {
  std::string word;  // Slack's own ("channel_not_found"), else "unreachable", "http_500", "not_json"
  bool may_retry = false;
  std::optional<Duration> wait = {};  // with may_retry: not before
  std::string detail = {};            // of "unreachable": what went wrong
  // In plain words, with what to do about it: "channel_not_found: … Invite the app with /invite."
  std::string explanation() const;
};

using SlackAnswer = std::expected<boost::json::object, SlackFailure>;

// Slack's Web API. All calls on the control thread. Neither token is ever part of an error.
class SlackClient {
 public:
  // `outbound` and `clock` outlive it.
  SlackClient(SlackApiSettings settings, Outbound& outbound, Clock& clock);

  // chat.postMessage and its like. What is written to one channel keeps a second's distance, as Slack asks;
  // 429 closes the method until the time that Slack named.
  asio::awaitable<SlackAnswer> call(std::string method, boost::json::object arguments, Deadline deadline);
  // apps.connections.open, with the app's token: the address of a WebSocket, which is a secret.
  asio::awaitable<std::expected<Secret, SlackFailure>> open_socket(Deadline deadline);

 private:
  asio::awaitable<SlackAnswer> send(std::string method, Secret token, std::string body, Deadline deadline);
  asio::awaitable<bool> take_turn(const std::string& channel, Deadline deadline);

  SlackApiSettings settings_;
  Outbound& outbound_;
  Clock& clock_;
  std::map<std::string, Deadline::Moment> next_turn_;  // of a channel
  std::map<std::string, Deadline::Moment> closed_;     // of a method
};

// What a failure means to the outbox.
Delivery delivery_of(const SlackFailure& failure);

// A webhook answers in plain text: "ok", "no_service", "channel_is_archived".
SlackFailure slack_failure_of_webhook(const http::Response& response);

// Slack takes about one message a second of one channel.
inline constexpr Duration kSlackTurn = 1s;

}  // namespace selfheal::notify
