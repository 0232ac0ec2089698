#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

// Whom we tell outside, and how that goes. No secret is in it, and no text of a notification.
namespace selfheal::contract {

// One try.
struct NotificationDelivery {
  std::int64_t number = 0;
  std::string channel;
  std::string incident;  // SH-142; empty: a test
  Time at{};
  std::string change;   // opened, needs_approval, healed …
  std::string outcome;  // delivered, try_later, rejected
  std::string answer;   // "HTTP 200", "hooks.slack.com: Couldn't connect to server"
  int attempt = 1;
  int took_ms = 0;
  std::string notice;  // the id that the receiver sees
};
BOOST_DESCRIBE_STRUCT(NotificationDelivery, (),
                      (number, channel, incident, at, change, outcome, answer, attempt, took_ms, notice))

struct NotificationChannel {
  std::string name;
  std::string kind;         // "Slack webhook", "webhook" …
  std::string destination;  // a host or a channel; the rest of an address is a secret
  std::string state;        // off, unknown (nothing was sent since the start), ok, failing
  std::string why;          // of off and failing
  std::optional<Time> since;
  bool edits = false;  // what was sent is kept up to date in place
  std::string min_severity;
  int group_wait_s = 0;
  int repeat_after_s = 0;  // 0: no reminders
  std::int64_t waiting = 0;
  std::int64_t given_up = 0;
  std::optional<Time> last_delivered;
  std::optional<NotificationDelivery> last;
};
BOOST_DESCRIBE_STRUCT(NotificationChannel, (),
                      (name, kind, destination, state, why, since, edits, min_severity, group_wait_s,
                       repeat_after_s, waiting, given_up, last_delivered, last))

// What did not get through for a day, or was rejected.
struct NotificationGivenUp {
  std::string channel;
  std::string incident;
  Time at{};
  std::string answer;
};
BOOST_DESCRIBE_STRUCT(NotificationGivenUp, (), (channel, incident, at, answer))

struct Heartbeat {
  std::string destination;
  std::optional<Time> last_beat;
  std::string why;  // why it is silent, or empty
};
BOOST_DESCRIBE_STRUCT(Heartbeat, (), (destination, last_beat, why))

struct NotificationChannels {
  std::vector<NotificationChannel> items;  // one stands in for the one before it
  std::vector<NotificationGivenUp> given_up;
  std::optional<Heartbeat> heartbeat;
};
BOOST_DESCRIBE_STRUCT(NotificationChannels, (), (items, given_up, heartbeat))

struct NotificationTest {
  std::string outcome;
  std::string answer;
};
BOOST_DESCRIBE_STRUCT(NotificationTest, (), (outcome, answer))

// A mute says when it ends: `for_s`, `until_worse` or `until_events_an_hour`; for an hour when it says
// nothing.
struct MuteRequest {
  static constexpr std::string_view kRequired[] = {"why"};
  std::string why;
  std::optional<int> for_s;
  bool until_worse = false;
  std::optional<int> until_events_an_hour;
};
BOOST_DESCRIBE_STRUCT(MuteRequest, (), (why, for_s, until_worse, until_events_an_hour))

}  // namespace selfheal::contract
