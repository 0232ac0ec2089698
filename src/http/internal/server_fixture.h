#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/event_stream.h"
#include "http/server.h"

// For tests of this folder: a server on a thread of its own, and a client that sends exactly the bytes it is
// given.
namespace selfheal::http {

class RunningServer {
 public:
  // Listens on a unix socket in a directory of its own when `options` names no address. Besides `routes` it
  // has
  //   GET  /hello         {"hello":"world"}
  //   POST /echo          the body back; at most 1000 bytes
  //   GET  /throws        a handler with a bug
  //   GET  /never         a handler that waits until it is cancelled
  //   GET  /events        the feed, a ring of 8
  explicit RunningServer(ServerOptions options = {}, std::vector<Route> routes = {});
  ~RunningServer();
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  // For Client: "unix:…" or "http://127.0.0.1:…".
  std::string address() const;
  const std::string& unix_path() const;
  // Runs on the server's thread; returns when done.
  void on_thread(const std::function<void()>& work);
  // Looks again and again on the server's thread; false when it has not become true within ten seconds.
  bool becomes_true(const std::function<bool()>& condition);
  std::size_t connections();
  bool comes_to_have(std::size_t connections);
  EventFeed& feed();  // on the server's thread only
  // Stops the server as stop() does; how long that took.
  Duration stop(Duration patience);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A connection that speaks bytes. Waits ten seconds at most, then reads as if closed.
class RawClient {
 public:
  explicit RawClient(const RunningServer& server);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes);
  void send_bytewise(std::string_view bytes);
  void finish_sending();
  // The head and body of the next response (Content-Length only); empty when closed before it was complete.
  std::string response(bool with_body = true);
  // Reads until `text` has been received, and returns everything up to and with it; empty when closed before.
  std::string until(std::string_view text);
  // Everything until the server closes.
  std::string rest();

 private:
  bool read_more();
  int descriptor_ = -1;
  std::string received_;
};

}  // namespace selfheal::http
