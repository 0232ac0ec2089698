#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "http/event_stream.h"
#include "http/message.h"

namespace selfheal::http {

// The request lives until the handler has ended. Handlers are cancelled when they exceed the server's request
// limit and when the server stops; what they throw is logged and answered 500.
using Handler = std::function<asio::awaitable<Response>(Request&)>;
// Sends events until it returns. The Response is the answer only while nothing was sent (a refusal); else it
// is ignored.
using StreamHandler = std::function<asio::awaitable<Response>(Request&, EventStream&)>;

struct Route {
  std::string method;
  // "/api/v1/incidents/{id}": {name} stands for one segment; {name...}, at the end, for one or more.
  std::string pattern;
  std::variant<Handler, StreamHandler> handler;
  std::size_t body_bytes = kHttpBodyBytes;  // a larger body is answered 413
};

// A table of routes. The most specific pattern that fits the path decides (in each segment a word beats
// {name} beats {name...}); then its methods. HEAD is answered by the GET route.
class Router {
 public:
  // CHECKs what only a bug can break: well-formed patterns, no two routes of the same method and shape.
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;
    Fields parameters = {};
    std::string allow = {};  // "GET, HEAD, OPTIONS": the path's methods; empty when there is no such path
  };
  // Valid while the router lives.
  Match match(std::string_view method, std::string_view path) const;
  // The answer when match() found no route: 404, 405 with Allow, or 204 with Allow for OPTIONS.
  static Response answer_without_route(const Request& request, const Match& match);

 private:
  struct Entry {
    std::vector<std::string> segments;
    std::vector<Route> routes;  // one a method
  };
  std::vector<Entry> entries_;  // most specific first
};

}  // namespace selfheal::http
