#include <algorithm>

#include "api/internal/handlers.h"
#include "api/internal/views.h"
#include "contract/page.h"

// Watched servers.
namespace selfheal::api {
namespace {

using contract::to_json;

Result<ServerState> find_server(const Call& call, std::string_view name) {
  const auto servers = call.context.parts.administration.servers();
  const auto found = std::ranges::find(servers, name, [](const ServerState& s) { return s.name.value(); });
  if (found == servers.end()) return failure(ErrorCode::not_found, "no watched server has this name");
  return *found;
}

NewServer server_of(contract::NewServer body) {
  return {.name = std::move(body.name),
          .url = Secret(std::move(body.url)),
          .act_url = Secret(std::move(body.act_url)),
          .log_directory = std::move(body.log_directory),
          .act = body.act.value_or(true)};
}

}  // namespace

Task<http::Response> list_databases(Call call) {
  contract::Page<contract::Server> view;
  for (const auto& server : call.context.parts.administration.servers())
    view.items.push_back(view_of(server));
  co_return answer(to_json(view));
}

Task<http::Response> show_database(Call call) {
  CO_TRY(const auto server, find_server(call, call.request.parameter("name")));
  co_return answer(to_json(view_of(server)));
}

Task<http::Response> show_locks(Call call) {
  CO_TRY(const auto server, find_server(call, call.request.parameter("name")));
  const auto recording = call.context.parts.administration.recorded(server.name);
  if (server.state == "connecting" || server.state == "down")
    co_return failure(ErrorCode::unavailable, "who waits there is not known: " + server.state_why);
  co_return answer(to_json(blocking_now(recording.value_or(Recording{}))));
}

Task<http::Response> add_database(Call call) {
  auto body = body_of<contract::NewServer>(call);
  if (!body) co_return std::move(body).error();
  const auto name = body->name;
  auto server = server_of(*std::move(body));
  auto& administration = call.context.parts.administration;
  CO_TRY_OK(co_await administration.add_server(std::move(server), call.caller.name, call.deadline));
  CO_TRY(const auto added, find_server(call, name));
  co_return answer(to_json(view_of(added)), 201);
}

Task<http::Response> examine_database(Call call) {
  auto body = body_of<contract::NewServer>(call);
  if (!body) co_return std::move(body).error();
  auto server = server_of(*std::move(body));
  CO_TRY(const auto checks,
         co_await call.context.parts.administration.examine(std::move(server), call.deadline));
  contract::Examination view{.can_connect = true, .checks = {}};
  for (const auto& check : checks) {
    if (check.name == "connect" && check.finding == "problem") view.can_connect = false;
    view.checks.push_back({check.name, check.finding, check.detail, check.fix});
  }
  co_return answer(to_json(view));
}

Task<http::Response> remove_database(Call call) {
  CO_TRY(const auto server, find_server(call, call.request.parameter("name")));
  CO_TRY_OK(
      co_await call.context.parts.administration.remove_server(server.name, call.caller.name, call.deadline));
  co_return http::empty_response();
}

}  // namespace selfheal::api
