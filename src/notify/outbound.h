#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "base/task.h"
#include "http/message.h"
#include "notify/channel.h"

// HTTP to the outside, for channels.
namespace selfheal::notify {

struct OutboundRequest {
  std::string method = "POST";
  Secret url = {};     // "https://host[:port]/path?query": may itself be the secret
  Secret bearer = {};  // sent as Authorization: Bearer when there is one
  http::Headers headers = {};
  std::string body = {};
  std::string content_type = "application/json";
};

struct OutboundOptions {
  // Plain http to another machine, where everybody on the way reads and changes what is told.
  bool allow_plain_http = false;
  int calls = 4;  // at once; further ones wait
};

// invalid_input when notices may not go there: not http(s), a name and password inside, plain http to a host
// that is not this machine. The message does not repeat the URL.
Status check_outbound_url(const std::string& url, const OutboundOptions& options);
// "hooks.slack.com" of a URL: what may be shown of it. Empty when it is none.
std::string host_of(const std::string& url);

// Sends on threads of its own. Follows no redirect, uses no proxy, verifies certificates, reads at most 64
// KiB of an answer. Errors name the host and what went wrong, never the path, which may be a secret.
class Outbound {
 public:
  explicit Outbound(OutboundOptions options);
  ~Outbound();
  Outbound(const Outbound&) = delete;
  Outbound& operator=(const Outbound&) = delete;

  // Any status is a success. unavailable and timed_out: trying later may help. Cancelling ends the transfer.
  Task<http::Response> send(OutboundRequest request, Deadline deadline, const Clock& clock);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What an answer without anything better to say means: 2xx delivered; 408, 425, 429 and 5xx try_later, with
// Retry-After (seconds, or a date) as `wait`, at most an hour; all else rejected. An Error of send() the same
// way.
Delivery delivery_of(const Result<http::Response>& answer, Time now);

}  // namespace selfheal::notify
