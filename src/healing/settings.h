#pragma once

#include <string>
#include <vector>

#include "model/settings.h"

namespace selfheal::healing {

// Every number that a policy may change, under the name a policy uses ("playbook.setting", "brakes.…",
// "watch.…"), with its default and the reason, sorted by name.
std::vector<SettingRow> policy_settings();

// The value of that setting in a policy, or its default. CHECKs that there is such a setting.
double policy_value(const Settings& settings, const std::string& name);

}  // namespace selfheal::healing
