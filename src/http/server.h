#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "http/message.h"
#include "http/router.h"

namespace selfheal::http {

struct ServerLimits {
  std::size_t connections = kHttpConnections;  // one more is answered 503 and closed
  std::size_t head_bytes = kHttpHeadBytes;     // 431
  // A request must be complete this long after its first byte (408), and be answered this long after that
  // (503).
  Duration request = kHttpRequestTimeout;
  Duration idle = kHttpIdleTimeout;    // between requests
  Duration write = kHttpWriteTimeout;  // for the client to take a response, or one event
  Duration ping = kHttpPing;
};

struct ServerOptions {
  // "127.0.0.1:5000", "[::1]:5000", "localhost:5000", "0.0.0.0:5000"; port 0 picks a free one. No other host
  // names: looking one up would block.
  std::vector<std::string> listen = {};
  std::string unix_path = {};  // empty: none
  mode_t unix_mode = 0600;
  // Names a browser may know us by, besides localhost and IP addresses. Any other Host is answered 421: a
  // page of a stranger whose name was made to resolve to us (DNS rebinding) says its own name there. Unix
  // sockets are exempt.
  std::vector<std::string> hosts = {};
  // Origins that may send unsafe methods, besides the one that equals Host: "https://ops.example.com".
  // Others: 403.
  std::vector<std::string> origins = {};
  // Called for each well-formed request before its handler is looked up; fills Request::principal, or answers
  // instead.
  std::function<asio::awaitable<std::optional<Response>>(Request&)> before = {};
  ServerLimits limits = {};
};

// HTTP/1.1 on TCP and unix sockets. Everything happens on the executor's one thread, which also runs the
// handlers. No TLS: TCP is loopback by default, a reverse proxy stands in front otherwise.
class Server {
 public:
  // `clock` outlives the server.
  Server(asio::any_io_executor executor, Clock& clock, ServerOptions options, Router router);
  ~Server();  // stop() first, unless listen() never succeeded
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds everything, then starts to accept; on error nothing stays bound. A stale unix socket file is
  // removed only when it is a socket and nothing answers on it.
  Status listen();
  // Where TCP clients reach us: "127.0.0.1:5000", in the order of ServerOptions::listen, with the ports
  // picked.
  std::vector<std::string> addresses() const;
  // Accepts no more, ends idle connections and event streams, lets requests finish until `deadline`, cancels
  // the rest.
  asio::awaitable<void> stop(Deadline deadline);
  std::size_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::http
