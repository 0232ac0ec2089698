#include "health/measures.h"

#include <algorithm>

#include "health/ports.h"
#include "pg/params.h"

namespace selfheal::health {
namespace {

// Growth over a longer time belongs to no moment.
constexpr Duration kLongestStep = 10min;

// Twice the period of the source, and what the surveys and we may be late.
Duration fresh_for(std::string_view source) {
  const auto rows = looks();
  const auto found = std::ranges::find(rows, source, &LookRow::as);
  return found == rows.end() ? 2 * kSamplePeriod : 2 * found->every + kSamplePeriod;
}

std::optional<double> growth(const Readings& before, const Readings& now, std::string_view column) {
  const auto from = before.find(column);
  const auto to = now.find(column);
  if (from == before.end() || to == now.end() || to->second < from->second) return std::nullopt;
  return to->second - from->second;
}

}  // namespace

Readings readings_of(const EvidenceItem& item) {
  Readings readings;
  if (item.status != ProbeStatus::answered) return readings;
  for (const auto& row : item.rows) {
    for (std::size_t i = 0; i < row.size() && i < item.columns.size(); ++i) {
      const auto number = pg::read_double(row[i]);
      if (!number) continue;
      const auto [at, is_new] = readings.emplace(item.columns[i], *number);
      if (!is_new) at->second = std::max(at->second, *number);
    }
  }
  // Of connections.sql, whose first row is the server's own limit.
  if (item.probe == "connections" && !item.rows.empty()) {
    EvidenceItem first = item;
    first.rows.resize(1);
    first.probe.clear();
    const auto server = readings_of(first);
    if (server.contains("used") && server.contains("allowed") && server.at("allowed") > 0)
      readings["used_percent"] = 100 * server.at("used") / server.at("allowed");
  }
  return readings;
}

Readings readings_of(const watch::Census& census) {
  Readings readings{{"clients", census.clients}, {"active", census.active},
                    {"idle", census.idle},       {"idle_in_transaction", census.idle_in_transaction},
                    {"waiting", census.waiting}, {"longest_s", 0}};
  if (!census.transactions.empty())
    readings["longest_s"] =
        std::max(0.0, to_seconds(census.at - census.transactions.front().session.xact_start));
  return readings;
}

void Reducer::take(std::string_view source, Readings readings, Time at) {
  auto& kept = sources_[std::string(source)];
  if (at == kept.now_at) return;  // the same look again
  kept.before = std::exchange(kept.now, std::move(readings));
  kept.before_at = std::exchange(kept.now_at, at);
}

std::vector<std::optional<double>> Reducer::values(Time at) const {
  std::vector<std::optional<double>> values(measure_count());
  for (const auto& row : measures()) values[static_cast<std::size_t>(row.number)] = value(row, at);
  return values;
}

std::optional<double> Reducer::value(const MeasureRow& row, Time at) const {
  const auto found = sources_.find(row.source);
  if (found == sources_.end()) return std::nullopt;
  const auto& source = found->second;
  if (at - source.now_at > fresh_for(row.source)) return std::nullopt;
  if (row.reduction == Reduction::gauge) {
    const auto read = source.now.find(row.column);
    return read == source.now.end() ? std::nullopt : std::optional(read->second * row.scale);
  }
  const auto step = source.now_at - source.before_at;
  const auto grown = growth(source.before, source.now, row.column);
  if (!grown || step <= Duration::zero() || step > kLongestStep) return std::nullopt;
  if (row.reduction == Reduction::rate) return *grown * row.scale / to_seconds(step);
  const auto other = growth(source.before, source.now, row.other);
  if (!other || *grown + *other <= 0) return std::nullopt;
  return 100 * *grown / (*grown + *other) * row.scale;
}

}  // namespace selfheal::health
