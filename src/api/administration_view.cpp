#include "api/internal/views.h"

namespace selfheal::api {

contract::Server view_of(const ServerState& server) {
  return {.name = server.name.value(),
          .address = server.address,
          .state = server.state,
          .state_why = server.state_why,
          .since = server.since == Time{} ? std::nullopt : std::optional(server.since),
          .version = server.version,
          .can_observe = server.can_observe,
          .sees_all_sessions = server.sees_all_sessions,
          .can_act = server.can_act,
          .act_why = server.act_why,
          .log_directory = server.log_directory,
          .log_why = server.log_why};
}

contract::PolicyView view_of(const Policy& policy) {
  contract::PolicyView view{.server = std::nullopt,
                            .default_mode = std::nullopt,
                            .values = policy.values,
                            .version = policy.version,
                            .paused = policy.paused,
                            .paused_why = policy.paused_why};
  if (policy.server) view.server = policy.server->value();
  if (policy.default_mode) view.default_mode = to_text(*policy.default_mode);
  for (const auto& [action, mode] : policy.modes) view.modes[action] = to_text(mode);
  return view;
}

}  // namespace selfheal::api
