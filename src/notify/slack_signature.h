#pragma once

#include <deque>
#include <string>
#include <unordered_set>

#include "base/secret.h"
#include "base/time.h"
#include "http/message.h"

namespace selfheal::notify {

// "v0=" and the HMAC-SHA256 of "v0:<timestamp>:<body>" in hexadecimal, as Slack signs its requests.
std::string slack_signature(const Secret& secret, std::string_view timestamp, std::string_view body);

// Tells requests of Slack's from those of anybody else. On one thread.
class SlackSignatures {
 public:
  // An empty secret lets nothing through.
  explicit SlackSignatures(Secret secret);

  // Refused when the request does not carry exactly one timestamp and one signature, the timestamp is more
  // than five minutes from `now`, the signature is not that of this body, or the same one was let through
  // before. The error names the rule and nothing of the request.
  Status check(const http::Request& request, Time now);

 private:
  struct Seen {
    Time at{};
    std::string signature;
  };
  void forget(Time now);

  Secret secret_;
  std::deque<Seen> order_;  // oldest first
  std::unordered_set<std::string> seen_;
};

// Slack's own advice: older requests may be recordings.
inline constexpr Duration kSlackClock = 5min;
// Signatures remembered within that time. People press buttons: thousands in five minutes are no people, and
// from then on nothing is let through until the oldest has been forgotten.
inline constexpr std::size_t kSlackSignatures = 10000;

}  // namespace selfheal::notify
