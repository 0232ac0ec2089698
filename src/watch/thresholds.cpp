#include "watch/thresholds.h"

#include <algorithm>

#include "healing/settings.h"

namespace selfheal::watch {
namespace {

Duration seconds(double value) { return Duration(static_cast<std::int64_t>(value * 1e6)); }

// A policy may lower it to look often, but not to look all the time.
Duration pace(double value) { return std::max<Duration>(seconds(value), 1s); }

}  // namespace

Thresholds thresholds_from(const Settings& settings) {
  const auto value = [&](const char* name) { return healing::policy_value(settings, name); };
  return {.blocked_after = seconds(value("watch.blocked_after_s")),
          .forgotten_after = seconds(value("idle_in_transaction_blocker.forgotten_after_s")),
          .idle_after = seconds(value("watch.idle_after_s")),
          .connections_used_percent = value("watch.connections_used_percent"),
          .sequence_used_percent = value("watch.sequence_used_percent"),
          .old_xmin_after = seconds(value("watch.old_xmin_after_s")),
          .old_xmin_busy_after = seconds(value("watch.old_xmin_busy_after_s")),
          .table_rows = static_cast<std::int64_t>(value("watch.table_rows")),
          .stale_percent = value("watch.stale_percent"),
          .stale_after = seconds(value("watch.stale_after_s")),
          .dead_percent = value("watch.dead_percent"),
          .autovacuum_off_after = seconds(value("watch.autovacuum_off_after_s")),
          .slot_bytes = static_cast<std::int64_t>(value("watch.slot_bytes")),
          .slot_after = seconds(value("watch.slot_after_s")),
          .wraparound_late_percent = value("watch.wraparound_late_percent"),
          .connections_every = pace(value("watch.connections_every_s")),
          .survey_every = pace(value("watch.survey_every_s")),
          .database_survey_every = pace(value("watch.database_survey_every_s")),
          .other_databases_every = pace(value("watch.other_databases_every_s"))};
}

}  // namespace selfheal::watch
