#include "server/config.h"

#include <fmt/format.h>
#include <pwd.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <numeric>

extern char** environ;

namespace selfheal::server {
namespace {

namespace fs = std::filesystem;

Error at(const std::string& where, const std::string& key, const std::string& what) {
  return {ErrorCode::invalid_input, fmt::format("{}: {}: {}", where, key, what)};
}

// Levenshtein's distance, to name the key somebody probably meant.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j)
      diagonal =
          std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])}));
  }
  return row.back();
}

std::string unknown_key(std::string_view key) {
  const auto nearest = std::ranges::min_element(
      config_keys(), {}, [&](const ConfigKey& row) { return distance(key, row.name); });
  return fmt::format("there is no such key; the nearest is {}", nearest->name);
}

struct Loading {
  LoadedConfig loaded;

  Status set(const std::string& key, const std::string& value, const std::string& where) {
    const auto row =
        std::ranges::find(config_keys(), key, [](const ConfigKey& k) { return std::string(k.name); });
    if (row == config_keys().end()) return std::unexpected(at(where, key, unknown_key(key)));
    if (auto status = row->set(loaded.config, value); !status)
      return std::unexpected(at(where, key, status.error().message));
    loaded.origins[key] = where;
    return {};
  }
};

std::string text_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (const auto* whole = node.as_integer()) return fmt::format("{}", whole->get());
  if (const auto* real = node.as_floating_point()) return fmt::format("{:g}", real->get());
  return {};
}

std::string where_of(const fs::path& file, const toml::node& node) {
  return fmt::format("{}:{}", file.string(), node.source().begin.line);
}

Result<std::string> file_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return failure(fmt::format("{} cannot be read", file.string()));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Status set_database_key(DatabaseConfig& database, std::string_view key, const toml::node& node) {
  const auto text = text_of(node);
  if (key == "name")
    database.name = text;
  else if (key == "url")
    database.url = Secret(text);
  else if (key == "act_url")
    database.act_url = Secret(text);
  else if (key == "ask_url")
    database.ask_url = Secret(text);
  else if (key == "log_directory")
    database.log_directory = text;
  else if (key == "act")
    database.act = text != "false";
  else if (key == "url_file" || key == "act_url_file" || key == "ask_url_file") {
    TRY(auto secret, file_text(text));
    auto& url = key == "url_file"       ? database.url
                : key == "act_url_file" ? database.act_url
                                        : database.ask_url;
    url = Secret(std::move(secret));
  } else {
    return failure(
        "there is no such key; known are act, act_url, act_url_file, ask_url, ask_url_file, log_directory, "
        "name, url, "
        "url_file");
  }
  return {};
}

Status read_databases(Loading& loading, const fs::path& file, const toml::array& tables) {
  for (const auto& node : tables) {
    const auto* table = node.as_table();
    if (table == nullptr)
      return std::unexpected(at(where_of(file, node), "database", "must be written [[database]]"));
    DatabaseConfig database;
    for (const auto& [key, value] : *table)
      if (auto status = set_database_key(database, key.str(), value); !status)
        return std::unexpected(
            at(where_of(file, value), fmt::format("database.{}", key.str()), status.error().message));
    if (database.name.empty() || database.url.empty())
      return std::unexpected(at(where_of(file, node), "database", "needs a name and a url or url_file"));
    std::erase_if(loading.loaded.config.databases,
                  [&](const auto& other) { return other.name == database.name; });
    loading.loaded.config.databases.push_back(std::move(database));
  }
  return {};
}

// [policy] names actions beside `default`; [thresholds] names settings of playbooks.
Status read_policy(Loading& loading, const fs::path& file, const toml::table& table) {
  for (const auto& [key, node] : table) {
    if (key.str() == "default") {
      TRY_OK(loading.set("policy.default", text_of(node), where_of(file, node)));
      continue;
    }
    const auto mode = action_mode_from(text_of(node));
    if (!mode)
      return std::unexpected(at(where_of(file, node), fmt::format("policy.{}", key.str()),
                                "must be one of: off, suggest, approve, auto"));
    loading.loaded.config.modes[std::string(key.str())] = *mode;
  }
  return {};
}

Status read_thresholds(Loading& loading, const fs::path& file, const toml::table& table) {
  for (const auto& [key, node] : table) {
    const auto value = node.value<double>();
    if (!value)
      return std::unexpected(
          at(where_of(file, node), fmt::format("thresholds.{}", key.str()), "must be a number"));
    loading.loaded.config.thresholds[std::string(key.str())] = *value;
  }
  return {};
}

Status read_table(Loading& loading, const fs::path& file, const toml::table& table,
                  const std::string& prefix) {
  for (const auto& [key, node] : table) {
    const auto name = prefix.empty() ? std::string(key.str()) : fmt::format("{}.{}", prefix, key.str());
    if (name == "database" && node.is_array()) {
      TRY_OK(read_databases(loading, file, *node.as_array()));
    } else if (name == "hosts" && node.is_array()) {
      for (const auto& host : *node.as_array()) loading.loaded.config.hosts.push_back(text_of(host));
    } else if (name == "policy" && node.is_table()) {
      TRY_OK(read_policy(loading, file, *node.as_table()));
    } else if (name == "thresholds" && node.is_table()) {
      TRY_OK(read_thresholds(loading, file, *node.as_table()));
    } else if (node.is_table()) {
      TRY_OK(read_table(loading, file, *node.as_table(), name));
    } else {
      TRY_OK(loading.set(name, text_of(node), where_of(file, node)));
    }
  }
  return {};
}

Status read_toml(Loading& loading, const fs::path& file) {
  try {
    const auto table = toml::parse_file(file.string());
    loading.loaded.files.push_back(file);
    return read_table(loading, file, table, "");
  } catch (const toml::parse_error& error) {
    return std::unexpected(
        Error{ErrorCode::invalid_input, fmt::format("{}:{}:{}: {}", file.string(), error.source().begin.line,
                                                    error.source().begin.column, error.description())});
  }
}

// KEY=value lines, `export` allowed, single or double quotes taken off, # comments.
Result<std::map<std::string, std::string>> read_dotenv(const fs::path& file) {
  std::map<std::string, std::string> values;
  std::ifstream in(file);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const auto start = line.find_first_not_of(" \t");
    if (start == std::string::npos || line[start] == '#') continue;
    line.erase(0, start);
    if (line.starts_with("export ")) line.erase(0, 7);
    const auto equals = line.find('=');
    if (equals == std::string::npos || equals == 0)
      return failure(ErrorCode::invalid_input,
                     fmt::format("{}:{}: must be NAME=value", file.string(), number));
    auto value = line.substr(equals + 1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\r' || value.back() == '\t'))
      value.pop_back();
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    values[line.substr(0, equals)] = value;
  }
  return values;
}

// DATABASE_URL is the first watched server; every key has its SELFHEAL_ variable, secrets also one ending in
// _FILE.
Status read_variables(Loading& loading, const std::map<std::string, std::string>& variables,
                      const std::string& where) {
  if (const auto url = variables.find("DATABASE_URL"); url != variables.end() && !url->second.empty()) {
    auto& databases = loading.loaded.config.databases;
    std::erase_if(databases, [](const auto& database) { return database.name == "main"; });
    databases.insert(databases.begin(), DatabaseConfig{.name = "main", .url = Secret(url->second)});
  }
  for (const auto& key : config_keys()) {
    if (const auto found = variables.find(key.environment); found != variables.end())
      TRY_OK(loading.set(key.name, found->second, where));
    if (!key.secret) continue;
    if (const auto found = variables.find(std::string(key.environment) + "_FILE"); found != variables.end()) {
      TRY(const auto text, file_text(found->second));
      TRY_OK(loading.set(key.name, text, where));
    }
  }
  return {};
}

fs::path default_state_directory(const std::map<std::string, std::string>& environment) {
  if (getuid() == 0) return "/var/lib/selfheal";
  if (const auto xdg = environment.find("XDG_STATE_HOME"); xdg != environment.end() && !xdg->second.empty())
    return fs::path(xdg->second) / "selfheal";
  const auto home = environment.find("HOME");
  return (home == environment.end() ? fs::path("/tmp") : fs::path(home->second)) / ".local/state/selfheal";
}

}  // namespace

std::filesystem::path Config::api_socket() const {
  return socket.empty() ? state_directory / "api.sock" : std::filesystem::path(socket);
}

std::optional<assistant::Settings> Config::language_model() const {
  if (model.api_key.empty() && model.base_url == assistant::Settings{}.base_url) return std::nullopt;
  return model;
}

ConfigSources process_sources(std::optional<fs::path> file, std::map<std::string, std::string> flags) {
  ConfigSources sources{.flags = std::move(flags)};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (const auto equals = text.find('='); equals != std::string::npos)
      sources.environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  if (file) {
    sources.files = {*file};
    return sources;
  }
  sources.files.emplace_back("/etc/selfheal/selfheal.toml");
  const auto& environment = sources.environment;
  if (const auto xdg = environment.find("XDG_CONFIG_HOME"); xdg != environment.end() && !xdg->second.empty())
    sources.files.push_back(fs::path(xdg->second) / "selfheal/selfheal.toml");
  else if (const auto home = environment.find("HOME"); home != environment.end())
    sources.files.push_back(fs::path(home->second) / ".config/selfheal/selfheal.toml");
  sources.files.emplace_back("selfheal.toml");
  return sources;
}

Result<LoadedConfig> load_config(const ConfigSources& sources) {
  Loading loading;
  loading.loaded.config.state_directory = default_state_directory(sources.environment);
  std::error_code ignored;
  for (const auto& file : sources.files)
    if (fs::exists(file, ignored)) TRY_OK(read_toml(loading, file));
  if (fs::exists(sources.dotenv, ignored)) {
    TRY(const auto values, read_dotenv(sources.dotenv));
    TRY_OK(read_variables(loading, values, sources.dotenv.string()));
  }
  TRY_OK(read_variables(loading, sources.environment, "environment"));
  for (const auto& [key, value] : sources.flags) TRY_OK(loading.set(key, value, "flag"));
  for (const auto& key : config_keys()) loading.loaded.origins.try_emplace(key.name, "default");
  return std::move(loading.loaded);
}

std::string sample_config() {
  const Config defaults;
  std::string text =
      "# selfheal.toml: every key with its default. Each can also be given as an environment variable.\n";
  for (const auto& key : config_keys())
    text +=
        fmt::format("\n# {} ({})\n# {} = \"{}\"\n", key.help, key.environment, key.name, key.get(defaults));
  text +=
      "\n# Watched servers; DATABASE_URL is the first, named main.\n"
      "# [[database]]\n# name = \"orders\"\n# url_file = \"/run/secrets/orders_url\"\n"
      "# act_url_file = \"/run/secrets/orders_act_url\"   # another role for acting\n"
      "# ask_url_file = \"/run/secrets/orders_ask_url\"   # another role for SQL that people write\n"
      "# log_directory = \"/var/log/postgresql\"           # asked of the server when absent;\n"
      "#                                                 # \"sql\": fetched with SQL\n"
      "\n# [policy]\n# default = \"approve\"\n# advance_sequence = \"auto\"\n"
      "\n# Thresholds of playbooks, see `selfheal policy get`.\n"
      "# [thresholds]\n# \"idle_in_transaction_blocker.forgotten_after_s\" = 60\n";
  return text;
}

}  // namespace selfheal::server
