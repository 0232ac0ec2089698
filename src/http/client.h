#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/time.h"
#include "http/message.h"
#include "http/sse_decoder.h"

namespace selfheal::http {

struct ClientOptions {
  // "http://127.0.0.1:5000", "https://…" or "unix:/run/selfheal/api.sock".
  std::string address;
  Secret token = {};  // sent as a bearer token when there is one
  Duration connect_timeout = kConnectTimeout;
  Duration timeout = kHttpRequestTimeout;  // of a whole call; a stream's silence, in whole seconds
  Duration longest_stream = {};            // a stream is ended after that, as an error; zero: never
  std::size_t body_bytes = 16u << 20;      // a longer answer, or one longer event, is an error
};

struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query, encoded already
  Headers headers = {};
  std::string body = {};
  std::string content_type = "application/json";  // sent only with a body
  std::stop_token stop = {};  // a stop, asked for on any thread, ends the call at once: cancelled
};

// A blocking client, for the command line and tests; never for the control thread. Keeps its connection
// between calls. Follows no redirect, uses no proxy, verifies certificates. One thread at a time.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  // Any status is a success: only the caller knows which it expects. unavailable: nobody answers there;
  // timed_out.
  Result<Response> send(const ClientRequest& request);
  // Reads server-sent events until `on_event` returns false or the server ends the stream, both a success. An
  // answer that is no event stream is returned like send() does.
  Result<Response> stream(const ClientRequest& request, const std::function<bool(const SseEvent&)>& on_event);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Percent-encodes everything but RFC 3986's unreserved characters, for a segment or a query value.
std::string percent_encoded(std::string_view text);

}  // namespace selfheal::http
