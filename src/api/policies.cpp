#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "api/internal/handlers.h"
#include "api/internal/views.h"
#include "healing/remedies/catalogue.h"
#include "healing/settings.h"

// What may happen by itself, and the kill switch.
namespace selfheal::api {
namespace {

using contract::FieldProblem;
using contract::to_json;

std::vector<contract::ActionView> actions() {
  std::vector<contract::ActionView> list;
  for (const auto* kind : healing::remedy_kinds())
    list.push_back({kind->name, kind->title, static_cast<int>(kind->level), kind->risk, kind->undo});
  return list;
}

std::vector<contract::ThresholdView> thresholds() {
  std::vector<contract::ThresholdView> list;
  for (const auto& row : healing::policy_settings()) list.push_back({row.name, row.value, row.why});
  return list;
}

std::optional<ActionMode> mode_in(const std::string& word, std::string pointer,
                                  std::vector<FieldProblem>& problems) {
  const auto mode = action_mode_from(word);
  if (!mode) problems.push_back({std::move(pointer), "must be one of off, suggest, approve, auto"});
  return mode;
}

// A name that nothing answers to would be a policy that does nothing, and look like one that does.
Policy policy_of(const contract::PolicyEdit& edit, std::vector<FieldProblem>& problems) {
  Policy policy;
  if (edit.server) policy.server = ServerId(*edit.server);
  if (edit.default_mode) policy.default_mode = mode_in(*edit.default_mode, "/default_mode", problems);
  const auto kinds = actions();
  for (const auto& [action, word] : edit.modes) {
    const auto pointer = "/modes/" + action;
    if (std::ranges::find(kinds, action, &contract::ActionView::name) == kinds.end())
      problems.push_back({"/modes", "names an action that does not exist; GET /api/v1/policies lists them"});
    else if (const auto mode = mode_in(word, pointer, problems))
      policy.modes[action] = *mode;
  }
  const auto known = thresholds();
  for (const auto& [name, value] : edit.values) {
    if (std::ranges::find(known, name, &contract::ThresholdView::name) == known.end())
      problems.push_back(
          {"/values", "names a threshold that does not exist; GET /api/v1/policies lists them"});
    else if (!std::isfinite(value) || value < 0)
      problems.push_back({"/values/" + name, "must be a number of at least 0"});
    else
      policy.values[name] = value;
  }
  return policy;
}

std::optional<FieldProblem> unknown_server(const Call& call, const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  const auto servers = call.context.parts.administration.servers();
  const auto named = [](const ServerState& server) { return server.name.value(); };
  if (std::ranges::find(servers, *name, named) != servers.end()) return std::nullopt;
  return FieldProblem{"/server", "no watched server has this name"};
}

std::optional<ServerId> server_id(const std::optional<std::string>& name) {
  return name ? std::optional(ServerId(*name)) : std::nullopt;
}

Task<Policy> stored_policy(Call call, std::optional<ServerId> server) {
  CO_TRY(const auto stored, co_await call.context.parts.administration.policies(call.deadline));
  const auto found = std::ranges::find(stored, server, &Policy::server);
  co_return found == stored.end() ? Policy{.server = std::move(server), .default_mode = std::nullopt}
                                  : *found;
}

}  // namespace

Task<http::Response> list_policies(Call call) {
  CO_TRY(const auto stored, co_await call.context.parts.administration.policies(call.deadline));
  contract::Policies view{.items = {}, .actions = actions(), .thresholds = thresholds()};
  for (const auto& policy : stored) view.items.push_back(view_of(policy));
  co_return answer(to_json(view));
}

Task<http::Response> set_policy(Call call) {
  auto edit = body_of<contract::PolicyEdit>(call);
  if (!edit) co_return std::move(edit).error();
  std::vector<FieldProblem> problems;
  auto policy = policy_of(*edit, problems);
  if (auto unknown = unknown_server(call, edit->server)) problems.push_back(*std::move(unknown));
  if (!problems.empty()) co_return misfit(call, std::move(problems));
  CO_TRY(const auto before, co_await stored_policy(call, policy.server));
  if (auto changed = stale(call, before.version)) co_return *std::move(changed);
  policy.version = before.version;
  auto& administration = call.context.parts.administration;
  CO_TRY(const auto after, co_await administration.set_policy(policy, call.caller.name, call.deadline));
  auto response = answer(to_json(view_of(after)));
  response.headers.set("ETag", fmt::format("\"{}\"", after.version));
  co_return response;
}

Task<http::Response> pause_actions(Call call) {
  auto body = body_of<contract::Pause>(call);
  if (!body) co_return std::move(body).error();
  if (body->why.empty() || body->why.size() > kFieldBytes)
    co_return misfit(call, {{"/why", fmt::format("must have 1 to {} bytes", kFieldBytes)}});
  if (auto unknown = unknown_server(call, body->server)) co_return misfit(call, {*std::move(unknown)});
  auto& administration = call.context.parts.administration;
  CO_TRY_OK(
      co_await administration.pause(server_id(body->server), body->why, call.caller.name, call.deadline));
  auto response = co_await list_policies(call);
  co_return response;
}

Task<http::Response> resume_actions(Call call) {
  auto body = body_of<contract::Resume>(call);
  if (!body) co_return std::move(body).error();
  if (auto unknown = unknown_server(call, body->server)) co_return misfit(call, {*std::move(unknown)});
  auto& administration = call.context.parts.administration;
  CO_TRY_OK(co_await administration.resume(server_id(body->server), call.caller.name, call.deadline));
  auto response = co_await list_policies(call);
  co_return response;
}

}  // namespace selfheal::api
