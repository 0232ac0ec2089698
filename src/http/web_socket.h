#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/task.h"

namespace selfheal::http {

struct WebSocketOptions {
  // "wss://host[:port]/path?query"; "ws://" to this machine only, where nobody stands in between.
  std::string url;
  // A longer message ends the connection.
  std::size_t message_bytes = 256u << 10;
  // Silence for so long ends the connection; after half of it the other side is pinged.
  Duration silence = 60s;
};

// invalid_input when it is no URL that connect() takes. The message does not repeat the URL, which may hold a
// ticket.
Status check_web_socket_url(const std::string& url);

// One conversation over WebSocket (RFC 6455), as its client, in text messages. Verifies certificates, uses no
// proxy, follows no redirect. On one thread; one receive() and one send() at a time. Errors name the host and
// what went wrong, never the path.
class WebSocket {
 public:
  struct State;  // keeps Beast out of this header
  explicit WebSocket(std::unique_ptr<State> state);
  ~WebSocket();  // nothing waits in it any more
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // unavailable, timed_out; failed when the server answers something else.
  static Task<std::unique_ptr<WebSocket>> connect(WebSocketOptions options, Duration timeout);
  // The next message, whatever its kind. unavailable: the other side has ended the conversation, or is
  // silent; invalid_input: a message was too long.
  Task<std::string> receive();
  StatusTask send(std::string text);
  // Ends it now: who waits in it comes back with an error.
  void abort();

 private:
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::http
