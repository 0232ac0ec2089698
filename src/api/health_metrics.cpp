// The measures of watched servers as Prometheus reads them: selfheal_pg_*.
#include <algorithm>

#include "api/internal/health_views.h"
#include "pg/params.h"

namespace selfheal::api {
namespace {

struct MetricRow {
  const char* name;
  const char* help;
  const char* measure;
  const char* state = nullptr;  // a label
  double scale = 1;
};

// Several rows may have one name, and then tell states apart.
constexpr MetricRow kMetrics[] = {
    {"selfheal_pg_cache_hit_ratio", "Blocks found in the server's memory", "cache.hit", nullptr, 0.01},
    {"selfheal_pg_connections_ratio", "Connections in use, of those allowed", "connections.used", nullptr,
     0.01},
    {"selfheal_pg_database_size_bytes", "Size of all databases", "space.databases"},
    {"selfheal_pg_lock_waiters", "Sessions that wait for a lock", "sessions.waiting"},
    {"selfheal_pg_longest_transaction_seconds", "Age of the transaction that is open longest",
     "transactions.longest"},
    {"selfheal_pg_sessions", "Sessions by state", "sessions.active", "active"},
    {"selfheal_pg_sessions", "Sessions by state", "sessions.idle", "idle"},
    {"selfheal_pg_sessions", "Sessions by state", "sessions.idle_in_transaction", "idle_in_transaction"},
    {"selfheal_pg_wal_size_bytes", "Size of the directory of the write-ahead log", "space.wal"},
    {"selfheal_pg_wraparound_ratio", "Age of the oldest transaction id, of the stop", "wraparound.xid",
     nullptr, 0.01},
};

// Series of one server that names of the application make.
constexpr std::size_t kNamedSeries = 20;

// One gauge a row of the item: its name in `label`, its number in `column`.
void add_rows(std::vector<MeasuredGauge>& gauges, const MeasuredGauge& like, const EvidenceItem& item,
              const std::string& label, std::string_view name_column, std::string_view column) {
  const auto at = [&](std::string_view wanted) {
    return static_cast<std::size_t>(std::ranges::find(item.columns, wanted) - item.columns.begin());
  };
  const auto name = at(name_column);
  const auto number = at(column);
  if (item.status != ProbeStatus::answered || std::max(name, number) >= item.columns.size()) return;
  for (std::size_t i = 0; i < std::min(item.rows.size(), kNamedSeries); ++i) {
    const auto value = pg::read_double(item.rows[i][number]);
    if (!value || !item.rows[i][name]) continue;
    auto gauge = like;
    gauge.labels[label] = *item.rows[i][name];
    gauge.value = *value;
    // Two standbys may have one name; the list begins with the worse.
    const bool is_there = std::ranges::any_of(gauges, [&](const MeasuredGauge& other) {
      return other.name == gauge.name && other.labels == gauge.labels;
    });
    if (!is_there) gauges.push_back(std::move(gauge));
  }
}

double number_of(health::CheckState state) {
  switch (state) {
    case health::CheckState::ok:
      return 0;
    case health::CheckState::warn:
      return 1;
    case health::CheckState::critical:
      return 2;
    case health::CheckState::unknown:
      return -1;
  }
  return -1;
}

}  // namespace

void add_measures(std::vector<MeasuredGauge>& gauges, const std::string& target,
                  const health::Monitor& monitor) {
  const auto& latest = monitor.latest();
  for (const auto& row : kMetrics) {
    const auto value = latest.values[static_cast<std::size_t>(health::measure(row.measure)->number)];
    if (!value) continue;
    MeasuredGauge gauge{
        .name = row.name, .help = row.help, .labels = {{"target", target}}, .value = *value * row.scale};
    if (row.state != nullptr) gauge.labels["state"] = row.state;
    gauges.push_back(std::move(gauge));
  }
  if (latest.at != Time{})
    gauges.push_back({.name = "selfheal_target_last_poll_timestamp_seconds",
                      .help = "When the server was sampled last",
                      .labels = {{"target", target}},
                      .value = to_seconds(latest.at.time_since_epoch())});
  const std::map<std::string, std::string> labels{{"target", target}};
  add_rows(gauges,
           {.name = "selfheal_pg_replication_lag_seconds",
            .help = "How far a standby is behind",
            .labels = labels},
           monitor.looked_at("replicas"), "replica", "name", "lag_s");
  add_rows(
      gauges,
      {.name = "selfheal_pg_dead_rows_ratio", .help = "Dead rows, of all rows of a table", .labels = labels},
      monitor.looked_at("dead_rows"), "relation", "object", "dead_ratio");
  for (const auto& [result, since] : monitor.checked())
    gauges.push_back({.name = "selfheal_pg_check_state",
                      .help = "0 ok, 1 warning, 2 critical, -1 not known",
                      .labels = {{"target", target}, {"check", result.name}},
                      .value = number_of(result.state)});
}

}  // namespace selfheal::api
