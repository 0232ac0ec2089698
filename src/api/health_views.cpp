#include <fmt/format.h>

#include <algorithm>

#include "api/internal/health_views.h"
#include "pg/identifier.h"
#include "pg/params.h"
#include "pg/statement.h"

namespace selfheal::api {
namespace {

using health::CheckState;

// Cells of one row by column name. What is absent, NULL or does not read is not known.
class Cells {
 public:
  Cells(const EvidenceItem& item, std::size_t row) : item_(item), row_(item.rows[row]) {}

  const std::optional<std::string>* find(std::string_view column) const {
    const auto at = std::ranges::find(item_.columns, column);
    const auto index = static_cast<std::size_t>(at - item_.columns.begin());
    return index < row_.size() ? &row_[index] : nullptr;
  }
  std::string text(std::string_view column) const {
    const auto* cell = find(column);
    return cell == nullptr ? "" : cell->value_or("");
  }
  std::optional<double> number(std::string_view column) const {
    const auto* cell = find(column);
    const auto value = cell == nullptr ? Result<double>(failure("absent")) : pg::read_double(*cell);
    return value ? std::optional(*value) : std::nullopt;
  }
  std::optional<Time> time(std::string_view column) const {
    const auto* cell = find(column);
    if (cell == nullptr || !*cell) return std::nullopt;
    const auto value = parse_time(**cell);
    return value ? std::optional(*value) : std::nullopt;
  }
  bool truth(std::string_view column) const { return text(column) == "t"; }

 private:
  const EvidenceItem& item_;
  const std::vector<std::optional<std::string>>& row_;
};

template <class View>
std::vector<View> each(const EvidenceItem& item, View (*read)(const Cells&)) {
  std::vector<View> views;
  if (item.status != ProbeStatus::answered) return views;
  for (std::size_t i = 0; i < item.rows.size(); ++i) views.push_back(read(Cells(item, i)));
  return views;
}

contract::Replica replica(const Cells& cells) {
  return {.name = cells.text("name"),
          .address = cells.text("address"),
          .state = cells.text("state"),
          .lag_s = cells.number("lag_s"),
          .lag_bytes = cells.number("lag_bytes")};
}

contract::ReplicationSlot slot(const Cells& cells) {
  return {.name = cells.text("name"),
          .type = cells.text("type"),
          .active = cells.truth("active"),
          .wal_status = cells.text("wal_status"),
          .retained_bytes = cells.number("retained_bytes")};
}

std::string kind_of(std::string_view relkind) {
  if (relkind == "v") return "view";
  if (relkind == "m") return "materialized view";
  if (relkind == "p") return "partitioned table";
  if (relkind == "f") return "foreign table";
  return "table";
}

contract::TableSummary table(const Cells& cells) {
  return {.schema = cells.text("schema"),
          .name = cells.text("name"),
          .kind = kind_of(cells.text("kind")),
          .size_bytes = cells.number("size"),
          .rows = cells.number("rows"),
          .dead_rows = cells.number("dead"),
          .vacuumed = cells.time("vacuumed"),
          .analyzed = cells.time("analyzed")};
}

contract::TableColumn column(const Cells& cells) {
  return {.name = cells.text("name"),
          .type = cells.text("type"),
          .not_null = cells.truth("not_null"),
          .default_value = cells.text("default_value")};
}

contract::TableIndex index(const Cells& cells) {
  return {.name = cells.text("name"),
          .definition = cells.text("definition"),
          .is_valid = cells.truth("is_valid"),
          .size_bytes = cells.number("size"),
          .scans = cells.number("scans")};
}

contract::SlowStatement statement(const Cells& cells) {
  contract::SlowStatement view{.database = cells.text("database"),
                               .query = pg::shape_of(cells.text("query")),
                               .id = cells.text("id"),
                               .calls = cells.number("calls").value_or(0),
                               .total_ms = cells.number("total_ms").value_or(0),
                               .mean_ms = cells.number("mean_ms").value_or(0),
                               .most_ms = cells.number("most_ms").value_or(0),
                               .rows = cells.number("rows").value_or(0)};
  const auto hit = cells.number("hit").value_or(0);
  const auto blocks = hit + cells.number("read").value_or(0);
  if (blocks > 0) view.hit_percent = 100 * hit / blocks;
  return view;
}

// critical, warn, unknown, ok.
int rank(CheckState state) {
  return state == CheckState::critical  ? 0
         : state == CheckState::warn    ? 1
         : state == CheckState::unknown ? 2
                                        : 3;
}

std::string headline(const health::CheckResult& result) {
  if (result.state == CheckState::unknown) return result.why;
  if (result.findings.empty()) return "";
  const auto& worst = result.findings.front();
  return worst.object.empty() ? worst.detail : worst.object + ": " + worst.detail;
}

contract::HealthCheck view_of(const health::Checked& checked) {
  const auto& result = checked.result;
  const auto& row = *health::check(result.name);
  contract::HealthCheck view{.name = row.name,
                             .title = row.title,
                             .meaning = row.meaning,
                             .unit = row.unit,
                             .state = to_word(result.state),
                             .value = result.value,
                             .warn = row.warn,
                             .critical = row.critical,
                             .low_is_bad = row.low_is_bad,
                             .is_information = row.is_information,
                             .rule = row.rule,
                             .advice = row.advice,
                             .why = result.why,
                             .grant = result.grant,
                             .sql = result.sql,
                             .since = checked.since,
                             .took_ms = to_seconds(result.took) * 1000};
  if (result.at != Time{}) view.at = result.at;
  for (const auto& finding : result.findings)
    view.findings.push_back({finding.object, finding.value, finding.detail, to_word(finding.state)});
  return view;
}

// Of our own parts: the worse of two.
std::string worse(const std::string& a, const std::string& b) {
  const auto rank_of = [](const std::string& word) {
    return rank(from_word<CheckState>(word).value_or(CheckState::unknown));
  };
  return rank_of(a) <= rank_of(b) ? a : b;
}

PartState part_of(const ServerState& server) {
  const bool is_up = server.state == "up" || server.state == "in_recovery";
  auto detail = fmt::format("{}{}", server.state, server.state_why.empty() ? "" : ": " + server.state_why);
  auto state = is_up ? "ok" : server.state == "connecting" ? "unknown" : "critical";
  if (is_up && !server.sees_all_sessions) {
    state = "warn";
    detail += "; the role lacks pg_monitor: GRANT pg_monitor";
  }
  return {"server." + server.name.value(), "Watching " + server.name.value(), state, detail};
}

}  // namespace

contract::DatabaseHealth view_of(const ServerState& server, const health::Monitor& monitor) {
  contract::DatabaseHealth view{.name = server.name.value(),
                                .state = server.state,
                                .state_why = server.state_why,
                                .version = server.version,
                                .log_why = server.log_why};
  if (server.state == "up") view.role = "primary";
  if (server.state == "in_recovery") view.role = "standby";
  const auto pulse = monitor.looked_at("pulse");
  if (pulse.status == ProbeStatus::answered && !pulse.rows.empty())
    view.up_s = Cells(pulse, 0).number("up_s");
  const auto& latest = monitor.latest();
  if (latest.at != Time{}) view.sampled_at = latest.at;
  for (const auto& row : health::measures())
    view.measures.push_back(
        {row.name, row.title, row.unit, latest.values[static_cast<std::size_t>(row.number)]});
  view.replicas = each(monitor.looked_at("replicas"), replica);
  view.slots = each(monitor.looked_at("all_slots"), slot);
  auto checked = monitor.checked();
  std::ranges::sort(checked, {}, [](const health::Checked& one) {
    return std::pair(rank(one.result.state), std::string_view(one.result.name));
  });
  for (const auto& [result, since] : checked) {
    ++view.checks[to_word(result.state)];
    if (result.state == CheckState::ok) continue;
    view.headlines.push_back(
        {result.name, health::check(result.name)->title, to_word(result.state), headline(result)});
  }
  return view;
}

contract::HistorySeries view_of(const health::MeasureRow& row, const std::vector<health::Point>& points) {
  contract::HistorySeries series{.name = row.name, .title = row.title, .unit = row.unit};
  for (const auto& point : points) series.points.push_back({point.at, point.least, point.mean, point.most});
  return series;
}

contract::HealthChecks view_of(const std::string& database, const std::vector<health::Checked>& checked) {
  contract::HealthChecks view{.database = database};
  for (const auto& one : checked) view.items.push_back(view_of(one));
  return view;
}

contract::SlowStatements statements_in(const EvidenceItem& item, const std::string& role) {
  contract::SlowStatements view;
  if (item.rows.empty()) {
    view.why = "the server told nothing";
    return view;
  }
  const Cells first(item, 0);
  if (!first.truth("is_loaded")) {
    view.why = "pg_stat_statements is not loaded: the server must be started with it";
    view.remedy =
        "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'; -- beside what is there; then "
        "restart";
  } else if (!first.truth("is_created")) {
    view.why = "pg_stat_statements is loaded, but not created in this database";
    view.remedy = "CREATE EXTENSION pg_stat_statements;";
  } else if (!first.truth("sees")) {
    view.why = "statements of other roles have no text here: the role lacks pg_read_all_stats";
    if (!role.empty()) view.remedy = fmt::format("GRANT pg_monitor TO {};", pg::quote_identifier(role));
  }
  for (auto& one : each(item, statement))
    if (one.calls > 0) view.items.push_back(std::move(one));
  return view;
}

contract::Tables tables_in(const std::string& database, const EvidenceItem& item) {
  constexpr std::size_t kMost = 500;  // as table_list.sql says
  return {.database = database, .items = each(item, table), .is_cut = item.rows.size() >= kMost};
}

contract::TableDetail table_in(const EvidenceItem& columns, const EvidenceItem& indexes) {
  return {.columns = each(columns, column), .indexes = each(indexes, index)};
}

PartState part_of(const notify::ChannelState& channel, const Result<notify::Backlog>& backlog) {
  PartState part{"channel." + channel.name, "Notifications by " + channel.name, "ok", channel.state};
  if (!channel.why.empty()) part.detail += ": " + channel.why;
  if (channel.state == "off") return part;
  if (!backlog) return {part.name, part.title, "unknown", backlog.error().message};
  part.detail += fmt::format("; {} waiting, {} given up", backlog->waiting, backlog->parked);
  if (channel.state == "failing" || backlog->parked > 0) part.state = "warn";
  return part;
}

contract::OwnHealth own_health(const std::vector<ServerState>& servers, const Result<StoreHealth>& store,
                               Duration control_delay, std::vector<PartState> parts) {
  // A stall this long is felt by people who wait for an answer, and by the recorder's looks.
  constexpr Duration kLateControl = 500ms;
  for (const auto& server : servers) parts.push_back(part_of(server));
  const auto late = to_seconds(control_delay) * 1000;
  parts.push_back({"loop.control", "Control thread", control_delay < kLateControl ? "ok" : "warn",
                   fmt::format("something waited {:.0f} ms at most in the last half minute", late)});
  if (store) {
    const bool is_full = store->size_bytes > store->size_cap_bytes;
    parts.push_back(
        {"store", "Store", is_full ? "warn" : "ok",
         fmt::format("{} MB of at most {} MB", store->size_bytes >> 20, store->size_cap_bytes >> 20)});
  } else {
    parts.push_back({"store", "Store", "critical", store.error().message});
  }
  std::ranges::sort(parts, {}, &PartState::name);
  contract::OwnHealth view{.state = "ok"};
  for (auto& part : parts) {
    view.state = worse(view.state, part.state);
    view.items.push_back(
        {std::move(part.name), std::move(part.title), std::move(part.state), std::move(part.detail)});
  }
  return view;
}

}  // namespace selfheal::api
