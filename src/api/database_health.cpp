#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "api/internal/handlers.h"
#include "api/internal/health_views.h"
#include "contract/database_contents.h"
#include "contract/health.h"
#include "health/monitor.h"
#include "pg/identifier.h"

// The health of watched servers: now, over time, by checks, and what is in their databases.
namespace selfheal::api {
namespace {

using contract::to_json;

// Lines of one chart.
constexpr std::size_t kSeriesMost = 8;
// Points of a chart that nobody gave a step for.
constexpr int kPointsWanted = 240;

Result<ServerState> server_of(const Call& call) {
  const auto servers = call.context.parts.administration.servers();
  const auto found = std::ranges::find(servers, ServerId(call.request.parameter("name")), &ServerState::name);
  if (found == servers.end()) return failure(ErrorCode::not_found, "no watched server has this name");
  return *found;
}

Result<health::Monitor*> monitor_of(const Call& call) {
  auto* monitors = call.context.parts.monitors;
  auto* monitor = monitors == nullptr ? nullptr : monitors->find(ServerId(call.request.parameter("name")));
  if (monitor == nullptr) return failure(ErrorCode::not_found, "no watched server has this name");
  return monitor;
}

Result<Time> time_of(const Call& call, const char* name, Time otherwise) {
  const auto* text = call.request.query_value(name);
  if (text == nullptr) return otherwise;
  const auto time = parse_time(*text);
  if (!time) return failure(ErrorCode::invalid_input, fmt::format("{} is no time as in RFC 3339", name));
  return *time;
}

// A step that people would choose and that gives about kPointsWanted points.
Duration step_for(Duration length) {
  constexpr Duration kSteps[] = {5s,    10s,   15s, 30s, 1min, 2min, 5min, 10min,
                                 15min, 30min, 1h,  2h,  6h,   12h,  24h,  48h};
  for (const auto step : kSteps)
    if (length / step <= kPointsWanted) return step;
  return 48h;
}

Result<health::Span> span_of(const Call& call) {
  const auto now = call.context.parts.clock.now();
  TRY(const auto to, time_of(call, "to", now));
  TRY(const auto from, time_of(call, "from", to - 1h));
  if (from >= to || to - from > health::kKeepHours)
    return failure(ErrorCode::invalid_input, "from must be before to, and no more than 400 days");
  auto step = step_for(to - from);
  if (const auto* text = call.request.query_value("step")) {
    int seconds = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    if (error != std::errc{} || end != text->data() + text->size() || seconds < 5 || seconds > 30 * 86'400)
      return failure(ErrorCode::invalid_input, "step is a number of seconds, 5 or more");
    step = std::chrono::seconds(seconds);
  }
  if ((to - from) / step > health::kHistoryPoints)
    return failure(ErrorCode::invalid_input,
                   fmt::format("that is more than {} points: ask for a larger step", health::kHistoryPoints));
  return health::Span{.from = from, .to = to, .step = step};
}

Result<std::vector<const health::MeasureRow*>> measures_of(const Call& call) {
  std::vector<const health::MeasureRow*> rows;
  for (const auto& [name, value] : call.request.query) {
    if (name != "measure") continue;
    const auto* row = health::measure(value);
    if (row == nullptr) return failure(ErrorCode::invalid_input, "there is no such measure");
    rows.push_back(row);
  }
  if (rows.empty() || rows.size() > kSeriesMost)
    return failure(ErrorCode::invalid_input, fmt::format("say 1 to {} measures", kSeriesMost));
  return rows;
}

std::string text_of(const Call& call, const char* name) {
  const auto* text = call.request.query_value(name);
  return text == nullptr ? "" : *text;
}

// The item of a query that must have been answered.
Result<EvidenceItem> answered(EvidenceItem item) {
  if (item.status == ProbeStatus::answered) return item;
  return failure(ErrorCode::unavailable, "it cannot be asked: " + item.why);
}

}  // namespace

Task<http::Response> show_database_health(Call call) {
  CO_TRY(const auto server, server_of(call));
  CO_TRY(const auto* monitor, monitor_of(call));
  co_return answer(to_json(view_of(server, *monitor)));
}

Task<http::Response> show_health_history(Call call) {
  CO_TRY_OK(server_of(call));
  CO_TRY(const auto rows, measures_of(call));
  CO_TRY(const auto span, span_of(call));
  auto* book = call.context.parts.health_history;
  if (book == nullptr) co_return failure(ErrorCode::unavailable, "no history is kept here");
  std::vector<int> numbers;
  for (const auto* row : rows) numbers.push_back(row->number);
  CO_TRY(auto points, co_await book->points(ServerId(call.request.parameter("name")), std::move(numbers),
                                            span, call.deadline));
  contract::HealthHistory view{.from = span.from, .to = span.to, .step_s = to_seconds(span.step)};
  for (std::size_t i = 0; i < rows.size(); ++i) view.series.push_back(view_of(*rows[i], points[i]));
  co_return answer(to_json(view));
}

Task<http::Response> show_checks(Call call) {
  CO_TRY_OK(server_of(call));
  CO_TRY(auto* monitor, monitor_of(call));
  if (text_of(call, "run") == "true") co_await monitor->check_now();
  co_return answer(to_json(view_of(call.request.parameter("name"), monitor->checked())));
}

Task<http::Response> show_statements(Call call) {
  CO_TRY(auto* monitor, monitor_of(call));
  auto item = co_await monitor->ask("statements", {}, call.deadline);
  CO_TRY(const auto statements, answered(std::move(item)));
  co_return answer(to_json(statements_in(statements, monitor->role())));
}

Task<http::Response> list_tables(Call call) {
  CO_TRY(auto* monitor, monitor_of(call));
  healing::ProbeParameters parameters{{"schema", text_of(call, "schema")},
                                      {"search", text_of(call, "search")}};
  auto item = co_await monitor->ask("table_list", std::move(parameters), call.deadline);
  CO_TRY(const auto tables, answered(std::move(item)));
  co_return answer(to_json(tables_in(call.request.parameter("name"), tables)));
}

Task<http::Response> show_table(Call call) {
  CO_TRY(auto* monitor, monitor_of(call));
  const auto schema = text_of(call, "schema");
  const auto table = text_of(call, "table");
  const healing::ProbeParameters parameters{{"schema", schema}, {"name", table}};
  auto columns = co_await monitor->ask("table_columns", parameters, call.deadline);
  CO_TRY(const auto columns_answered, answered(std::move(columns)));
  if (columns_answered.rows.empty())
    co_return failure(ErrorCode::not_found, "this database has no such table");
  auto indexes = co_await monitor->ask("table_indexes", parameters, call.deadline);
  CO_TRY(const auto indexes_answered, answered(std::move(indexes)));
  auto view = table_in(columns_answered, indexes_answered);
  view.schema = schema;
  view.name = table;
  view.preview_sql = fmt::format("SELECT * FROM {} LIMIT 50", pg::quote_qualified(schema, table));
  co_return answer(to_json(view));
}

Task<http::Response> show_own_health(Call call) {
  auto& parts = call.context.parts;
  const auto store = co_await parts.book.health(call.deadline);
  std::vector<PartState> states;
  if (parts.ourselves != nullptr) states = parts.ourselves->parts();
  if (parts.telling != nullptr) {
    for (const auto& channel : parts.telling->notifier.channels()) {
      const auto backlog = co_await parts.telling->outbox.backlog(channel.name, call.deadline);
      states.push_back(part_of(channel, backlog));
    }
  }
  co_return answer(to_json(
      own_health(parts.administration.servers(), store, parts.pulse.longest_delay(), std::move(states))));
}

}  // namespace selfheal::api
