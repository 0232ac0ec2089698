#pragma once

#include <filesystem>
#include <string>

#include "healing/ports.h"

namespace selfheal::server {

// The kill switch that works without the API and without the store's help: while the file exists, or when the
// configuration says so at start, every policy reads as paused. The store's own pause counts as well. A file
// that cannot be looked for pauses too: what is unreadable means no act.
class PauseSwitch final : public healing::PolicyBook {
 public:
  // `stored` outlives it.
  PauseSwitch(healing::PolicyBook& stored, std::filesystem::path file, bool paused_by_configuration);

  Task<Settings> settings_for(ServerId server, Deadline deadline) override;
  Task<healing::Usage> usage_of(ServerId server, std::string action, std::string target_key,
                                Deadline deadline) override;

 private:
  healing::PolicyBook& stored_;
  std::filesystem::path file_;
  bool paused_by_configuration_;
};

}  // namespace selfheal::server
