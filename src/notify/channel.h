#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "notify/notice.h"

namespace selfheal::notify {

// What came of one try.
struct Delivery {
  enum class Outcome {
    delivered,
    try_later,  // may come out well next time: nobody answered, 429, 5xx
    rejected,   // will not: a wrong token, an unknown channel, a message it does not take
  };
  Outcome outcome = Outcome::delivered;
  // For the list of deliveries: "HTTP 200", "HTTP 429 ratelimited", "cannot be reached: …". No secret, no
  // text of the notice, nothing that a stranger wrote beyond a word.
  std::string answer = {};
  // With try_later: not before that much time has passed (Retry-After).
  std::optional<Duration> wait = {};
  // With delivered: what a later edit needs, in the channel's own words (JSON); kept per incident and channel
  // and handed back with the next notice. Empty: nothing is kept, and what was kept stays.
  std::string receipt = {};
};

// "delivered", "try_later", "rejected".
std::string word_of(Delivery::Outcome outcome);

// A way to reach people: one Slack channel, one webhook. All calls on the control thread, one at a time per
// incident; different incidents may be delivered at once. Delivery is at-least-once: after a crash the same
// Notice (the same id) comes again.
class Channel {
 public:
  virtual ~Channel() = default;
  // Whether what was sent can be changed afterwards. One that cannot is told less: only what matters.
  virtual bool can_edit() const = 0;
  // Where it goes, for people, without a secret: "hooks.slack.com", "#incidents".
  virtual std::string destination() const = 0;
  // `receipt` is the last one that this channel gave for the incident, or empty. Cancellation is ordinary.
  virtual asio::awaitable<Delivery> deliver(Notice notice, std::string receipt, Deadline deadline) = 0;
};

}  // namespace selfheal::notify
