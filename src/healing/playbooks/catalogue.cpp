// Every playbook, sorted by name. Nothing registers itself: the linker would drop it.
#include <algorithm>
#include <array>

#include "base/check.h"
#include "healing/playbooks/playbook.h"

namespace selfheal::healing {

extern const Playbook aborted_transaction_symptom;
extern const Playbook column_typo;
extern const Playbook connection_leak;
extern const Playbook ddl_lock_queue;
extern const Playbook deadlock_lock_order;
extern const Playbook genuine_duplicate;
extern const Playbook idle_in_transaction_blocker;
extern const Playbook invalid_index_leftover;
extern const Playbook missing_partition;
extern const Playbook missing_sequence_usage;
extern const Playbook missing_table_grant;
extern const Playbook sequence_behind_table;
extern const Playbook sequence_or_int4_exhausted;
extern const Playbook slot_retains_wal;
extern const Playbook stale_statistics;
extern const Playbook xmin_held_by_idle_transaction;

std::span<const Playbook* const> catalogue() {
  // sorted
  static const std::array kAll{
      &aborted_transaction_symptom,
      &column_typo,
      &connection_leak,
      &ddl_lock_queue,
      &deadlock_lock_order,
      &genuine_duplicate,
      &idle_in_transaction_blocker,
      &invalid_index_leftover,
      &missing_partition,
      &missing_sequence_usage,
      &missing_table_grant,
      &sequence_behind_table,
      &sequence_or_int4_exhausted,
      &slot_retains_wal,
      &stale_statistics,
      &xmin_held_by_idle_transaction,
  };
  return kAll;
}

std::vector<const Playbook*> answering(const Sighting& sighting) {
  const auto& event = sighting.exemplar;
  std::vector<const Playbook*> found;
  for (const auto* playbook : catalogue()) {
    const bool answers = std::ranges::any_of(playbook->answers, [&](const Trigger& trigger) {
      return trigger.trouble.empty() ? trigger.sqlstate == event.sqlstate : trigger.trouble == event.trouble;
    });
    if (answers) found.push_back(playbook);
  }
  return found;
}

const Playbook* find_playbook(std::string_view name) {
  const auto found = std::ranges::find_if(catalogue(), [&](const Playbook* p) { return p->name == name; });
  return found == catalogue().end() ? nullptr : *found;
}

double setting(const Playbook& playbook, const Case& facts, std::string_view name) {
  if (playbook.watch_for.name == name) return facts.settings.value_of(playbook.name, playbook.watch_for);
  const auto row = std::ranges::find(playbook.settings, name, &SettingRow::name);
  CHECK(row != playbook.settings.end());
  return facts.settings.value_of(playbook.name, *row);
}

}  // namespace selfheal::healing
