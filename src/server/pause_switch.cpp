#include "server/pause_switch.h"

#include <fmt/format.h>

namespace selfheal::server {

PauseSwitch::PauseSwitch(healing::PolicyBook& stored, std::filesystem::path file,
                         bool paused_by_configuration)
    : stored_(stored), file_(std::move(file)), paused_by_configuration_(paused_by_configuration) {}

Task<Settings> PauseSwitch::settings_for(ServerId server, Deadline deadline) {
  CO_TRY(auto settings, co_await stored_.settings_for(std::move(server), deadline));
  std::error_code error;
  const bool exists = std::filesystem::exists(file_, error);
  if (settings.paused || (!paused_by_configuration_ && !exists && !error)) co_return settings;
  settings.paused = true;
  settings.paused_why = paused_by_configuration_ ? std::string("the configuration says paused")
                        : error                  ? fmt::format("{} cannot be looked for", file_.string())
                                                 : fmt::format("{} exists", file_.string());
  co_return settings;
}

Task<healing::Usage> PauseSwitch::usage_of(ServerId server, std::string action, std::string target_key,
                                           Deadline deadline) {
  return stored_.usage_of(std::move(server), std::move(action), std::move(target_key), deadline);
}

}  // namespace selfheal::server
