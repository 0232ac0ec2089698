#include "assistant/settings.h"

namespace selfheal::assistant {

std::optional<Settings> settings_from_environment(const std::function<const char*(const char*)>& lookup) {
  const auto value = [&lookup](const char* name) {
    const char* text = lookup(name);
    return std::string(text ? text : "");
  };
  const auto url = value("OPENAI_BASE_URL");
  const auto key = value("OPENAI_API_KEY");
  if (url.empty() && key.empty()) return std::nullopt;
  Settings settings;
  if (!url.empty()) settings.base_url = url;
  settings.api_key = Secret(key);
  return settings;
}

}  // namespace selfheal::assistant
