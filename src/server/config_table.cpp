// Every key of the configuration, sorted by name.
#include <fmt/format.h>

#include <array>
#include <span>

#include "server/config.h"

namespace selfheal::server {
namespace {

std::string word_of(bool truth) { return truth ? "true" : "false"; }

Status one_of(std::string& field, const std::string& value, std::initializer_list<const char*> words) {
  std::string list;
  for (const auto* word : words) {
    if (value == word) {
      field = value;
      return {};
    }
    list += list.empty() ? word : fmt::format(", {}", word);
  }
  return failure(ErrorCode::invalid_input, "must be one of: " + list);
}

Status truth(bool& field, const std::string& value) {
  std::string word;
  TRY_OK(one_of(word, value, {"true", "false"}));
  field = word == "true";
  return {};
}

std::string secrecy(const Secret& secret) { return secret.empty() ? "" : "set"; }

constexpr std::array kKeys{
    // sorted
    ConfigKey{"listen", "SELFHEAL_LISTEN",
              "address and port of API and pages; loopback unless you mean otherwise", false,
              [](Config& c, const std::string& v) -> Status {
                if (v.rfind(':') == std::string::npos)
                  return failure(ErrorCode::invalid_input, "must be host:port, such as 127.0.0.1:5000");
                c.listen = v;
                return {};
              },
              [](const Config& c) { return c.listen; }},
    ConfigKey{"log.json", "SELFHEAL_LOG_JSON", "write our own log as JSON lines: true or false", false,
              [](Config& c, const std::string& v) { return truth(c.log_json, v); },
              [](const Config& c) { return word_of(c.log_json); }},
    ConfigKey{"log.level", "SELFHEAL_LOG_LEVEL", "least level of our own log: debug, info, warning, error",
              false,
              [](Config& c, const std::string& v) {
                return one_of(c.log_level, v, {"debug", "info", "warning", "error"});
              },
              [](const Config& c) { return c.log_level; }},
    ConfigKey{"paused", "SELFHEAL_PAUSED", "the kill switch: true means that nothing is ever done", false,
              [](Config& c, const std::string& v) { return truth(c.paused, v); },
              [](const Config& c) { return word_of(c.paused); }},
    ConfigKey{"policy.default", "SELFHEAL_POLICY_DEFAULT",
              "what may happen with a remedy: off, suggest, approve, auto; empty: what was set last", false,
              [](Config& c, const std::string& v) {
                return one_of(c.policy_default, v, {"", "off", "suggest", "approve", "auto"});
              },
              [](const Config& c) { return c.policy_default; }},
    ConfigKey{"run_as", "SELFHEAL_RUN_AS", "operating system user to become when started as root", false,
              [](Config& c, const std::string& v) -> Status {
                c.run_as = v;
                return {};
              },
              [](const Config& c) { return c.run_as; }},
    ConfigKey{"socket", "SELFHEAL_SOCKET", "unix socket of the API, for the command line", false,
              [](Config& c, const std::string& v) -> Status {
                c.socket = v;
                return {};
              },
              [](const Config& c) { return c.api_socket().string(); }},
    ConfigKey{"state_directory", "SELFHEAL_STATE_DIRECTORY", "where the store and the API token live", false,
              [](Config& c, const std::string& v) -> Status {
                if (!std::filesystem::path(v).is_absolute())
                  return failure(ErrorCode::invalid_input, "must be an absolute path");
                c.state_directory = v;
                return {};
              },
              [](const Config& c) { return c.state_directory.string(); }},
    ConfigKey{"store.url", "SELFHEAL_STORE_URL",
              "an existing PostgreSQL for our own data instead of a private one", true,
              [](Config& c, const std::string& v) -> Status {
                c.store_url = Secret(v);
                return {};
              },
              [](const Config& c) { return secrecy(c.store_url); }},
    ConfigKey{"tenant", "SELFHEAL_TENANT", "name under which our data is kept", false,
              [](Config& c, const std::string& v) -> Status {
                if (v.empty()) return failure(ErrorCode::invalid_input, "must not be empty");
                c.tenant = v;
                return {};
              },
              [](const Config& c) { return c.tenant; }},
};

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

}  // namespace selfheal::server
