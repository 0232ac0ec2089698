#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "assistant/conversation.h"
#include "assistant/settings.h"
#include "base/result.h"
#include "base/secret.h"
#include "model/settings.h"
#include "server/notify_config.h"

// What the process was told: defaults < /etc/selfheal/selfheal.toml < $XDG_CONFIG_HOME/selfheal/selfheal.toml
// <
// ./selfheal.toml < ./.env < environment < flags. Read once, before anything starts.
namespace selfheal::server {

// One watched server as the configuration names it.
struct DatabaseConfig {
  std::string name;
  Secret url;                 // any form of pg::parse_connection_string
  Secret act_url;             // empty: the same
  Secret ask_url;             // of the role for SQL that people write; empty: url
  std::string log_directory;  // empty: asked of the server
  bool act = true;            // false: observes only, whatever the policy says
};

struct MemoryConfig {
  std::string embedder = "domain";  // or "remote": the language model's server embeds
  // Of the remote model's vectors: text-embedding-3-small's.
  int dimension = 1536;
  // After so many days a past outcome counts half.
  int half_life_days = 90;
};

struct Config {
  std::string listen = "127.0.0.1:5000";
  std::filesystem::path
      state_directory;  // empty until resolved: /var/lib/selfheal, or the user's state directory
  std::string socket;   // of the API, for the command line; empty: <state_directory>/api.sock
  Secret store_url;     // empty: a private cluster
  std::string tenant = "local";
  std::filesystem::path ui_directory;  // pages are read from there; empty: those in the program
  std::string run_as;                  // user to become when started as root; empty: selfheal
  std::vector<std::string> hosts;      // further Host names that browsers may use
  std::vector<DatabaseConfig> databases;
  std::string policy_default;                // off, suggest, approve, auto; empty: what the store holds
  std::map<std::string, ActionMode> modes;   // [policy] action = "auto"
  std::map<std::string, double> thresholds;  // [thresholds] "playbook.setting" = 3
  bool paused =
      false;  // the kill switch at start; the file `paused` in the state directory works at any time
  MemoryConfig memory;
  NotifyConfig notify;
  std::string log_level = "info";
  bool log_json = false;
  Secret sample_url;          // database of the sample application; empty: there is none
  assistant::Settings model;  // see language_model()
  assistant::ConversationSettings conversation;

  std::filesystem::path api_socket() const;
  // How the language model is asked; nothing when neither a key nor a base url was set: then there is none.
  std::optional<assistant::Settings> language_model() const;
  std::filesystem::path token_file() const { return state_directory / "api.token"; }
};

// A key of the configuration: one row of the table that the sample file, `config show` and the reader share.
struct ConfigKey {
  const char* name;         // in selfheal.toml, e.g. "store.url"
  const char* environment;  // e.g. "SELFHEAL_STORE_URL"
  const char* help;
  bool secret;
  Status (*set)(Config&, const std::string& value);
  std::string (*get)(const Config&);  // secrets come out as "set" or ""
};
// Sorted by name.
std::span<const ConfigKey> config_keys();

// Where a value came from: "default", a file with its line, "environment" or "flag".
struct LoadedConfig {
  Config config;
  std::map<std::string, std::string> origins;  // key -> origin
  std::vector<std::filesystem::path> files;    // those that were read
};

struct ConfigSources {
  std::vector<std::filesystem::path> files;  // those that exist are read, in this order
  std::filesystem::path dotenv = ".env";
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> flags;  // key -> value
};
// The files and environment of this process.
ConfigSources process_sources(std::optional<std::filesystem::path> file,
                              std::map<std::string, std::string> flags);

// An error names the file, the line, the key, what is wrong and, for an unknown key, the nearest one.
Result<LoadedConfig> load_config(const ConfigSources& sources);

// A complete selfheal.toml with every key, its default and its help, for `selfheal config sample`.
std::string sample_config();

}  // namespace selfheal::server
