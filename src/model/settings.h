#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/words.h"

namespace selfheal {

// What may happen with a remedy of one action class on one database.
enum class ActionMode { off, suggest, approve, automatic };
BOOST_DESCRIBE_ENUM(ActionMode, off, suggest, approve, automatic)

// "auto" for people; the enumerator cannot be called so.
std::string to_text(ActionMode mode);
std::optional<ActionMode> action_mode_from(std::string_view text);

// A threshold of a playbook, with its default and the reason. The name carries its unit last ("_s",
// "_bytes").
struct SettingRow {
  std::string name;
  double value = 0;
  std::string why;
};

// The policy of one tenant for one server, as it stood at one moment: a snapshot, never changed.
struct Settings {
  ActionMode default_mode = ActionMode::approve;
  std::map<std::string, ActionMode> modes;  // action -> mode
  std::map<std::string, double> values;     // "playbook.setting" -> value, where it differs from the default
  std::string version;                      // names this policy in plan hashes
  bool paused = false;                      // the kill switch
  std::string paused_why;
  bool store_is_watched = false;  // our store lives on this server: never act by ourselves

  ActionMode mode_of(const std::string& action) const {
    const auto found = modes.find(action);
    return found == modes.end() ? default_mode : found->second;
  }
  double value_of(const std::string& playbook, const SettingRow& row) const {
    const auto found = values.find(playbook + "." + row.name);
    return found == values.end() ? row.value : found->second;
  }
};

}  // namespace selfheal
