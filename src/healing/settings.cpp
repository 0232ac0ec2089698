#include "healing/settings.h"

#include <algorithm>

#include "base/check.h"
#include "healing/playbooks/playbook.h"
#include "healing/policy/policy.h"

namespace selfheal::healing {
namespace {

// What the watch needs before any playbook is asked (watch/thresholds.h).
const SettingRow kWatch[] = {
    {"watch.autovacuum_off_after_s", 600, "people switch it off for a bulk load and on again after it"},
    {"watch.blocked_after_s", 30,
     "half a minute is longer than any ordinary wait for a lock and shorter than the patience of people"},
    {"watch.connections_every_s", 5, "a leaking pool fills the server within seconds; a look costs it 1 ms"},
    {"watch.connections_used_percent", 90,
     "a pool of the right size may use most of the connections at all times; a tenth is what a peak needs"},
    {"watch.database_survey_every_s", 60,
     "indexes, sequences and statistics decay in hours; a survey of 10,000 tables costs the server 0.1 s"},
    {"watch.dead_percent", 20, "autovacuum_vacuum_scale_factor as PostgreSQL ships it"},
    {"watch.idle_after_s", 300, "a transaction left open costs vacuum, which takes minutes to matter"},
    {"watch.old_xmin_after_s", 1800,
     "half an hour is longer than an ordinary transaction, and bloat takes hours to hurt"},
    {"watch.old_xmin_busy_after_s", 21600,
     "dumps and reports of some hours are legitimate, and end by themselves"},
    {"watch.other_databases_every_s", 300, "each costs a new connection; one database after the other"},
    {"watch.sequence_used_percent", 75, "to widen a column takes weeks of preparation on a big table"},
    {"watch.slot_after_s", 300, "a consumer that restarts is back within minutes"},
    {"watch.slot_bytes", 1 << 30, "what max_wal_size lets the server keep anyhow, as PostgreSQL ships it"},
    {"watch.stale_after_s", 600,
     "ten times the autovacuum_naptime that PostgreSQL ships: autovacuum had its chance"},
    {"watch.stale_percent", 50, "five times the autovacuum_analyze_scale_factor that PostgreSQL ships"},
    {"watch.survey_every_s", 30, "what holds back vacuum or keeps WAL takes minutes to hurt"},
    {"watch.table_rows", 10000, "of smaller tables every plan is quick, and dead rows are few"},
    {"watch.wraparound_late_percent", 150,
     "autovacuum begins at autovacuum_freeze_max_age; at half as much again it has not kept up"},
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
