#include "healing/settings.h"

#include <algorithm>

#include "base/check.h"
#include "healing/playbooks/playbook.h"
#include "healing/policy/policy.h"

namespace selfheal::healing {
namespace {

// What the watch needs before any playbook is asked.
const SettingRow kWatch[] = {
    {"watch.blocked_after_s", 30,
     "half a minute is longer than any ordinary wait for a lock and shorter than the patience of people"},
    {"watch.idle_after_s", 300, "a transaction left open costs vacuum, which takes minutes to matter"},
};

}  // namespace

std::vector<SettingRow> policy_settings() {
  std::vector<SettingRow> rows(std::begin(kWatch), std::end(kWatch));
  for (const auto& row : brake_settings()) rows.push_back(row);
  for (const auto* playbook : catalogue()) {
    const auto add = [&](const SettingRow& row) {
      rows.push_back({playbook->name + "." + row.name, row.value, row.why});
    };
    add(playbook->watch_for);
    std::ranges::for_each(playbook->settings, add);
  }
  std::ranges::sort(rows, {}, &SettingRow::name);
  return rows;
}

double policy_value(const Settings& settings, const std::string& name) {
  if (const auto set = settings.values.find(name); set != settings.values.end()) return set->second;
  const auto rows = policy_settings();
  const auto row = std::ranges::find(rows, name, &SettingRow::name);
  CHECK(row != rows.end());
  return row->value;
}

}  // namespace selfheal::healing
