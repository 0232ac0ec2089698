#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "model/settings.h"

// What people change: watched servers, policies, the kill switch, the store's own settings. Each change and
// its audit entry are one transaction; `actor` is who asks, as it is to stand in the audit trail. All calls
// on the control thread, of one tenant. `unavailable` at once while the store is down.
namespace selfheal::store {

// A watched server that was added with `selfheal db add`, or that the configuration file names.
struct WatchedServer {
  ServerId name;
  std::string conninfo;  // libpq key=value pairs, never with a password
  std::string
      password_from;  // where the password stands: "env:ORDERS_PASSWORD", "file:/…"; empty: none needed
  std::string settings_json;      // an object of the configuration's [[database]] keys; empty means {}
  std::string system_identifier;  // pg_control_system()'s, once a connection told it
  Time added_at{};
};

// The policy of one server as it is edited, or of all when `server` is absent. Settings for a server are the
// policy of all with the server's own laid over it.
struct PolicyEdit {
  std::optional<ServerId> server;
  std::optional<ActionMode> default_mode;
  std::map<std::string, ActionMode> modes;  // the whole map: what is absent here is taken out
  std::map<std::string, double> values;     // likewise; "playbook.setting"
};

struct StoredPolicy {
  PolicyEdit policy;
  std::int64_t version = 0;  // 0: never edited
  bool paused = false;
  std::string paused_why;
};

class Administration {
 public:
  virtual ~Administration() = default;

  // Oldest first.
  virtual Task<std::vector<WatchedServer>> servers(Deadline deadline) = 0;
  // Adds it or replaces what was said of it before. invalid_input: settings_json is no object, or conninfo
  // holds a password.
  virtual StatusTask put_server(WatchedServer server, std::string actor, Deadline deadline) = 0;
  // Incidents of the server stay. not_found when there is none of that name.
  virtual StatusTask remove_server(ServerId name, std::string actor, Deadline deadline) = 0;
  // What a connection to it told; settings_for then knows whether our store lives there. No audit entry.
  virtual StatusTask identified(ServerId name, std::string system_identifier, Deadline deadline) = 0;

  // Of all servers, and of each that has its own.
  virtual Task<std::vector<StoredPolicy>> policies(Deadline deadline) = 0;
  // Stores it when `expected_version` is still the stored one (else conflict) and returns it with the new
  // version.
  virtual Task<StoredPolicy> set_policy(PolicyEdit policy, std::int64_t expected_version, std::string actor,
                                        Deadline deadline) = 0;
  // The kill switch, of one server or of all.
  virtual StatusTask pause(std::optional<ServerId> server, std::string why, std::string actor,
                           Deadline deadline) = 0;
  virtual StatusTask resume(std::optional<ServerId> server, std::string actor, Deadline deadline) = 0;

  // The store's own settings with their reasons, as they stand for this tenant.
  virtual Task<std::vector<SettingRow>> settings(Deadline deadline) = 0;
  // invalid_input: no such setting, or out of its range.
  virtual StatusTask set_setting(std::string name, double value, std::string actor, Deadline deadline) = 0;
};

}  // namespace selfheal::store
