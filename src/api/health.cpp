#include <algorithm>

#include "api/internal/handlers.h"
#include "api/internal/health_views.h"
#include "api/internal/views.h"

// How we are ourselves.
namespace selfheal::api {
namespace {

using contract::to_json;

bool is_up(const ServerState& server) { return server.state == "up"; }

}  // namespace

Task<http::Response> show_health(Call call) {
  co_return answer(to_json(contract::Liveness{.status = "ok", .version = call.context.options.version}));
}

Task<http::Response> show_version(Call call) {
  co_return answer(
      to_json(contract::Version{.name = "selfheal", .version = call.context.options.version, .api = "v1"}));
}

Task<http::Response> show_openapi(Call call) { co_return http::json_response(call.context.description); }

Task<http::Response> show_readiness(Call call) {
  auto& parts = call.context.parts;
  const auto health = co_await parts.book.health(call.deadline);
  const auto counts = co_await parts.book.counts_by_state(call.deadline);
  contract::Readiness view{.store = health.has_value()};
  if (health) view.store_size_bytes = health->size_bytes;
  if (health) view.store_size_cap_bytes = health->size_cap_bytes;
  if (!health) view.problems.push_back("store: " + health.error().message);
  if (counts)
    for (const auto& [state, count] : *counts) view.incidents[to_word(state)] = count;
  for (const auto& server : parts.administration.servers()) {
    if (!is_up(server))
      view.problems.push_back(server.name.value() + ": " + server.state + " " + server.state_why);
    if (!server.log_why.empty()) view.problems.push_back(server.name.value() + ": log: " + server.log_why);
    view.servers.push_back(view_of(server));
  }
  // A patient who is down is our work, not in its way.
  view.ready = view.store;
  co_return answer(to_json(view), view.ready ? 200 : 503);
}

// A scrape is answered whatever is down: gauges that cannot be known are absent.
Task<http::Response> show_metrics(Call call) {
  auto& parts = call.context.parts;
  Gauges gauges{.event_clients = parts.feed.subscribers(), .control_delay = parts.pulse.longest_delay()};
  for (const auto& server : parts.administration.servers()) {
    gauges.targets[server.name.value()] = is_up(server);
    const auto* monitor = parts.monitors == nullptr ? nullptr : parts.monitors->find(server.name);
    if (monitor != nullptr) add_measures(gauges.measured, server.name.value(), *monitor);
  }
  if (parts.telling != nullptr) gauges.notifications = parts.telling->notifier.tries();
  const auto counts = co_await parts.book.counts_by_state(call.deadline);
  gauges.store_up = counts.has_value();
  if (counts)
    for (const auto& [state, count] : *counts) gauges.incidents[to_word(state)] = count;
  const auto policies = co_await parts.administration.policies(call.deadline);
  if (policies) gauges.paused = std::ranges::any_of(*policies, &Policy::paused);
  co_return http::Response{.body = call.context.metrics.text(gauges, call.context.options.version),
                           .content_type = "text/plain; version=0.0.4; charset=utf-8"};
}

}  // namespace selfheal::api
