#include "http/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "base/check.h"
#include "base/log.h"
#include "base/random.h"
#include "http/internal/connection.h"
#include "http/internal/listener.h"
#include "http/internal/response_text.h"

namespace selfheal::http {
namespace {

// How long to leave the listeners alone when there are no file descriptors left.
constexpr Duration kExhaustedPause = 100ms;
// How often stop() looks whether the requests under way have ended.
constexpr Duration kDrainPeriod = 10ms;

std::string full_answer(const Request& nobody, Time now) {
  const Problem problem{503, "too-many-connections", "There are too many connections",
                        "Try again in a moment.", 5s};
  return response_text(nobody, problem_response(nobody, problem), {.close = true, .now = now});
}

// Often enough for the shortest limit to be kept to a quarter, and for what a client asked for to end soon
// after it has left.
Duration period_of(const ServerLimits& limits) {
  const auto shortest = std::min({limits.request, limits.idle, limits.write, limits.ping});
  return std::clamp<Duration>(shortest / 4, 5ms, 250ms);
}

}  // namespace

struct Server::State {
  State(asio::any_io_executor executor, Clock& clock, ServerOptions options, Router router)
      : service{.executor = executor,
                .clock = clock,
                .options = std::move(options),
                .router = std::move(router)},
        housekeeping(executor),
        conversations(executor) {
    service.reader_limits = {.head_bytes = service.options.limits.head_bytes,
                             .body_bytes = [this](const Request& request) { return body_limit(request); }};
  }

  std::size_t body_limit(const Request& request) const {
    const auto match = service.router.match(request.method, request.path);
    return match.route ? match.route->body_bytes : kHttpBodyBytes;
  }

  StatusTask accept_from(const Listener& listener);
  StatusTask look_after_connections();
  StatusTask converse(std::list<Connection>::iterator connection);
  void welcome(Listener::Accepted accepted);

  Service service;
  std::vector<Listener> listeners;  // unchanged while coroutines accept from them
  std::list<Connection> connections;
  TaskGroup housekeeping;
  TaskGroup conversations;
};

StatusTask Server::State::accept_from(const Listener& listener) {
  asio::posix::stream_descriptor waiting(service.executor, listener.descriptor());
  struct Release {
    asio::posix::stream_descriptor& waiting;
    ~Release() { waiting.release(); }
  };
  const Release release{waiting};  // the descriptor stays the listener's
  while (true) {
    auto ready = co_await waiting.async_wait(asio::posix::stream_descriptor::wait_read,
                                             asio::as_tuple(asio::use_awaitable));
    if (std::get<0>(ready)) co_return Status{};
    auto accepted = listener.accept();
    if (accepted.exhausted) {
      log::warning("http: no file descriptor left for a connection to {}", listener.address());
      co_await service.clock.sleep(kExhaustedPause);
    }
    if (accepted.descriptor >= 0) welcome(std::move(accepted));
  }
}

void Server::State::welcome(Listener::Accepted accepted) {
  if (connections.size() >= service.options.limits.connections) {
    const auto text = full_answer({.request_id = random_token().substr(0, 24)}, service.clock.now());
    ::send(accepted.descriptor, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::close(accepted.descriptor);
    return;
  }
  connections.emplace_back(service, accepted.descriptor, std::move(accepted.peer));
  conversations.spawn("http connection", converse(std::prev(connections.end())));
}

StatusTask Server::State::converse(std::list<Connection>::iterator connection) {
  struct Leave {
    std::list<Connection>& all;
    std::list<Connection>::iterator self;
    ~Leave() { all.erase(self); }
  };
  const Leave leave{connections, connection};
  auto status = co_await connection->serve();
  co_return status;
}

StatusTask Server::State::look_after_connections() {
  const auto period = period_of(service.options.limits);
  while (true) {
    const bool go_on = co_await service.clock.sleep(period);
    if (!go_on) co_return Status{};
    const auto now = service.clock.steady_now();
    for (auto it = connections.begin(); it != connections.end();) (it++)->look_after(now);
  }
}

Server::Server(asio::any_io_executor executor, Clock& clock, ServerOptions options, Router router)
    : state_(std::make_unique<State>(executor, clock, std::move(options), std::move(router))) {}

Server::~Server() { CHECK(state_->housekeeping.running() == 0 && state_->conversations.running() == 0); }

Status Server::listen() {
  std::vector<Listener> bound;
  for (const auto& address : state_->service.options.listen) {
    TRY(auto listener, Listener::on_tcp(address));
    bound.push_back(std::move(listener));
  }
  if (const auto& path = state_->service.options.unix_path; !path.empty()) {
    TRY(auto listener, Listener::on_unix(path, state_->service.options.unix_mode));
    bound.push_back(std::move(listener));
  }
  state_->listeners = std::move(bound);
  for (const auto& listener : state_->listeners) {
    state_->housekeeping.spawn("http listener", state_->accept_from(listener));
  }
  state_->housekeeping.spawn("http connections", state_->look_after_connections());
  return {};
}

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> addresses;
  for (const auto& listener : state_->listeners) {
    if (!listener.is_unix()) addresses.push_back(listener.address());
  }
  return addresses;
}

std::size_t Server::connections() const { return state_->connections.size(); }

asio::awaitable<void> Server::stop(Deadline deadline) {
  auto& state = *state_;
  state.service.stopping = true;
  co_await state.housekeeping.stop();
  state.listeners.clear();
  for (auto it = state.connections.begin(); it != state.connections.end();) (it++)->wind_down();
  while (!state.connections.empty() && state.service.clock.left(deadline) > Duration::zero()) {
    const bool go_on = co_await state.service.clock.sleep(kDrainPeriod);
    if (!go_on) break;
    for (auto it = state.connections.begin(); it != state.connections.end();) {
      (it++)->look_after(state.service.clock.steady_now());
    }
  }
  for (auto it = state.connections.begin(); it != state.connections.end();) (it++)->abort();
  co_await state.conversations.stop();
}

}  // namespace selfheal::http
