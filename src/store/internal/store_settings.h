#pragma once

#include <map>
#include <span>
#include <string>

#include "model/settings.h"
#include "store/internal/context.h"

namespace selfheal::store {

// A setting of the store, its default with the reason, and what it may be.
struct StoreSetting {
  SettingRow row;
  double least = 0;
  double most = 0;
};

// Sorted by name.
std::span<const StoreSetting> store_settings();

// name -> value: the defaults with what the tenant changed laid over them.
Task<std::map<std::string, double>> settings_in_force(const Context& context, Deadline deadline);

}  // namespace selfheal::store
