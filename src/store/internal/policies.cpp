#include "store/internal/policies.h"

#include <fmt/format.h>

namespace selfheal::store {
namespace {

Result<std::map<std::string, ActionMode>> modes_from(const json::object& stored) {
  std::map<std::string, ActionMode> modes;
  for (const auto& [action, mode] : stored) {
    const auto known =
        mode.is_string() ? action_mode_from(std::string_view(mode.get_string())) : std::nullopt;
    // An unknown word is not the default: who wrote it may have meant "off".
    if (!known) return failure("a policy in the store holds a mode that this program does not know");
    modes[std::string(action)] = *known;
  }
  return modes;
}

Result<std::map<std::string, double>> values_from(const json::object& stored) {
  std::map<std::string, double> values;
  for (const auto& [name, value] : stored)
    if (!read_json(value, values[std::string(name)]))
      return failure("a policy in the store holds a value that is no number");
  return values;
}

Result<json::object> object_in(Row& row, std::string_view column) {
  const auto text = row.text(column);
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_object()) return failure("column " + std::string(column) + " holds no JSON object");
  return value.get_object();
}

}  // namespace

std::string policy_key(const std::optional<ServerId>& server) {
  return server ? server->value() : kAllServers;
}

Result<StoredPolicy> policy_from(Row row) {
  StoredPolicy stored;
  if (const auto server = row.text("server"); server != kAllServers) stored.policy.server = ServerId(server);
  if (const auto mode = row.optional_text("default_mode")) {
    stored.policy.default_mode = action_mode_from(*mode);
    if (!stored.policy.default_mode)
      return failure("a policy in the store holds a mode that this program does not know");
  }
  TRY(const auto modes, object_in(row, "modes"));
  TRY(const auto values, object_in(row, "values"));
  TRY(stored.policy.modes, modes_from(modes));
  TRY(stored.policy.values, values_from(values));
  stored.version = row.number("version");
  stored.paused = row.truth("paused");
  stored.paused_why = row.text("paused_why");
  TRY_OK(row.status());
  return stored;
}

json::object modes_json(const PolicyEdit& policy) {
  json::object out;
  for (const auto& [action, mode] : policy.modes) out[storable(action)] = to_text(mode);
  return out;
}

json::object values_json(const PolicyEdit& policy) {
  json::object out;
  for (const auto& [name, value] : policy.values) out[storable(name)] = value;
  return out;
}

Settings settings_from(const StoredPolicy& of_all, const StoredPolicy& own, bool store_is_watched) {
  Settings settings;
  settings.default_mode =
      own.policy.default_mode.value_or(of_all.policy.default_mode.value_or(settings.default_mode));
  settings.modes = own.policy.modes;
  settings.modes.insert(of_all.policy.modes.begin(), of_all.policy.modes.end());
  settings.values = own.policy.values;
  settings.values.insert(of_all.policy.values.begin(), of_all.policy.values.end());
  settings.version = fmt::format("{}.{}", of_all.version, own.version);
  settings.paused = of_all.paused || own.paused;
  settings.paused_why = own.paused ? own.paused_why : of_all.paused_why;
  settings.store_is_watched = store_is_watched;
  return settings;
}

}  // namespace selfheal::store
