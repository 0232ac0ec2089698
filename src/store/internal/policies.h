#pragma once

#include <map>
#include <optional>
#include <string>

#include "model/settings.h"
#include "store/administration.h"
#include "store/internal/json.h"
#include "store/internal/row.h"

namespace selfheal::store {

// Stands for all servers in selfheal.policy; no server can have this name.
inline constexpr const char* kAllServers = "*";

std::string policy_key(const std::optional<ServerId>& server);
Result<StoredPolicy> policy_from(Row row);
json::object modes_json(const PolicyEdit& policy);
json::object values_json(const PolicyEdit& policy);
// The server's own laid over the one of all.
Settings settings_from(const StoredPolicy& of_all, const StoredPolicy& own, bool store_is_watched);

}  // namespace selfheal::store
