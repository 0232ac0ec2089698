#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "model/settings.h"

namespace selfheal::watch {

// When something counts as trouble, and how often the watch looks. Values come from the settings of the
// server's policy; the defaults and their reasons stand in healing/settings.cpp, and are the same.
struct Thresholds {
  Duration blocked_after = 30s;
  Duration forgotten_after = 60s;  // the playbook idle_in_transaction_blocker's own setting
  Duration idle_after = 300s;

  double connections_used_percent = 90;
  double sequence_used_percent = 75;
  Duration old_xmin_after = 1800s;
  Duration old_xmin_busy_after = 21'600s;
  std::int64_t table_rows = 10'000;
  double stale_percent = 50;
  Duration stale_after = 600s;
  double dead_percent = 20;
  Duration autovacuum_off_after = 600s;
  std::int64_t slot_bytes = std::int64_t{1} << 30;
  Duration slot_after = 300s;
  double wraparound_late_percent = 150;

  Duration connections_every = 5s;
  Duration survey_every = 30s;
  Duration database_survey_every = 60s;
  Duration other_databases_every = 300s;

  friend bool operator==(const Thresholds&, const Thresholds&) = default;
};

// As the policy has them.
Thresholds thresholds_from(const Settings& settings);

}  // namespace selfheal::watch
