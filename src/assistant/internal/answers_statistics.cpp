// Questions that one of PostgreSQL's statistics answers.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "assistant/internal/answers.h"

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;

constexpr std::size_t kListed = 10;

struct Words {
  std::string_view subject;  // of show_statistics
  std::string_view heading;  // a sentence; the rows follow
  std::string_view none;     // when there is no row
};

std::string in_bytes(double bytes) {
  constexpr std::string_view kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < std::size(kUnits)) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", bytes, bytes < 10 && unit > 0 ? 1 : 0, kUnits[unit]);
}

// A cell with its unit, which the end of its column's name tells.
std::string with_unit(std::string_view column, std::string_view cell) {
  double number = 0;
  const auto read = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  if (read.ec != std::errc{} || read.ptr != cell.data() + cell.size()) return std::string(cell);
  if (column.ends_with("_bytes")) return in_bytes(number);
  if (column.ends_with("_ms")) return fmt::format("{} ms", cell);
  if (column.ends_with("_s")) return in_words(number);
  if (column.ends_with("_percent")) return fmt::format("{} %", cell);
  return std::string(cell);
}

std::string label_of(std::string_view column) {
  for (const std::string_view unit : {"_bytes", "_ms", "_s", "_percent"})
    if (column.ends_with(unit)) column.remove_suffix(unit.size());
  std::string label(column);
  std::ranges::replace(label, '_', ' ');
  return label;
}

std::string line_of(const json::value& table, std::size_t row) {
  std::string line;
  for (const auto& column : list_at(table, "columns")) {
    const auto name = std::string_view(column.get_string());
    const auto cell = cell_at(table, row, name);
    if (cell.empty()) continue;
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", label_of(name), with_unit(name, cell));
  }
  return line;
}

bool is_of(const json::value& table, std::size_t row, const Reading& reading) {
  if (reading.tables.empty()) return true;
  return std::ranges::any_of(reading.tables, [&](const TableName& name) {
    return cell_at(table, row, "table") == name.name && cell_at(table, row, "schema") == name.schema;
  });
}

// The rows as lines; those of the tables that the question names, when it does and the rows are tables'.
Answered show(Run& run, Words words, Reading reading) {
  const auto result = co_await run.call("show_statistics", {{"subject", words.subject}});
  if (say_problem(run, result)) co_return;
  const auto id = result.citations.front();
  const auto& rows = list_at(result.value, "rows");
  const auto& columns = list_at(result.value, "columns");
  if (std::ranges::find(columns, json::value("table")) == columns.end()) reading.tables.clear();
  std::size_t told = 0;
  for (std::size_t i = 0; i < rows.size() && told < kListed; ++i) {
    if (!is_of(result.value, i, reading)) continue;
    if (told++ == 0) run.say_line(fmt::format("{} [{}]:", words.heading, id));
    run.say_line(fmt::format("- {}", line_of(result.value, i)));
  }
  if (told == 0) run.say_line(fmt::format("{} [{}].", words.none, id));
}

}  // namespace

Answered answer_bloat(Run& run, Reading reading) {
  co_await show(run, {"bloat", "Tables by dead rows", "No statistics of such a table are there"},
                std::move(reading));
}

Answered answer_connections(Run& run, Reading reading) {
  const auto result = co_await run.call("show_statistics", {{"subject", "connections"}});
  if (say_problem(run, result)) co_return;
  double all = 0;
  const auto count = list_at(result.value, "rows").size();
  for (std::size_t i = 0; i < count; ++i) {
    double sessions = 0;
    const auto cell = cell_at(result.value, i, "sessions");
    std::from_chars(cell.data(), cell.data() + cell.size(), sessions);
    all += sessions;
  }
  run.say_line(fmt::format("{}{} of {} connections are in use [Q1].", result.is_cut ? "At least " : "", all,
                           cell_at(result.value, 0, "max_connections")));
  for (std::size_t i = 0; i < std::min(count, kListed); ++i) {
    const auto application = cell_at(result.value, i, "application");
    run.say_line(fmt::format("- {} by {}{} on {}, {} of them active, {} idle in transaction",
                             cell_at(result.value, i, "sessions"), cell_at(result.value, i, "user_name"),
                             application.empty() ? "" : " (" + application + ")",
                             cell_at(result.value, i, "database"), cell_at(result.value, i, "active"),
                             cell_at(result.value, i, "idle_in_transaction")));
  }
}

Answered answer_indexes(Run& run, Reading reading) {
  co_await show(run,
                {"indexes", "Indexes, the invalid and the least used first (a unique one is of use unread)",
                 "There is no index of such a table"},
                std::move(reading));
}

Answered answer_locks(Run& run, Reading reading) {
  co_await show(run, {"locks", "Locks on tables, those waited for first", "No table is locked now"},
                std::move(reading));
}

Answered answer_replication(Run& run, Reading reading) {
  co_await show(run, {"replication", "Replicas", "No replica is connected"}, reading);
  co_await show(run, {"replication_slots", "Replication slots", "There is no replication slot"},
                std::move(reading));
}

Answered answer_running_now(Run& run, Reading reading) {
  co_await show(
      run,
      {"running", "Running or in a transaction now, the longest first", "Nothing that I can see runs now"},
      std::move(reading));
}

Answered answer_settings(Run& run, Reading reading) {
  const auto result = co_await run.call("show_statistics", {{"subject", "settings"}});
  if (say_problem(run, result)) co_return;
  const auto count = list_at(result.value, "rows").size();
  bool told = false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = cell_at(result.value, i, "name");
    if (!reading.setting.empty() && name != reading.setting) continue;
    const auto unit = cell_at(result.value, i, "unit");
    run.say_line(fmt::format("{} is {}{} (from {}) [Q1].", name, cell_at(result.value, i, "setting"),
                             unit.empty() ? "" : " × " + unit, cell_at(result.value, i, "source")));
    told = true;
  }
  if (told) co_return;
  const auto shown = co_await run.call("run_readonly_sql", {{"sql", "SHOW " + reading.setting}});
  if (say_problem(run, shown)) co_return;
  run.say_line(fmt::format("{} is {} [Q2].", reading.setting, cell_at(shown.value, 0, reading.setting)));
}

Answered answer_slowest(Run& run, Reading reading) {
  const auto result = co_await run.call("show_statistics", {{"subject", "slowest_statements"}});
  if (result.problem.empty()) {
    const auto count = std::min(list_at(result.value, "rows").size(), kListed);
    run.say_line(count == 0
                     ? "pg_stat_statements has seen no statement of this database yet [Q1]."
                     : "Statements by the time they took in all since the statistics were reset [Q1]:");
    for (std::size_t i = 0; i < count; ++i)
      run.say_line(fmt::format("- {} ms in {} calls, {} ms on average, at most {} ms: {}",
                               cell_at(result.value, i, "total_ms"), cell_at(result.value, i, "calls"),
                               cell_at(result.value, i, "mean_ms"), cell_at(result.value, i, "max_ms"),
                               cell_at(result.value, i, "query")));
    run.suggest("What is running right now?");
    co_return;
  }
  run.say_line(fmt::format("The statistics of statements cannot be read: {}.", result.problem));
  run.say_line(
      "They need the extension pg_stat_statements: add it to shared_preload_libraries, restart the server, "
      "and "
      "run CREATE EXTENSION pg_stat_statements; in this database.");
  run.say_line("Until then, this is what runs now:");
  co_await answer_running_now(run, std::move(reading));
}

Answered answer_table_sizes(Run& run, Reading reading) {
  if (reading.tables.empty() && reading.concepts.contains("database")) {
    const auto result = co_await run.call("show_statistics", {{"subject", "numbers"}});
    if (say_problem(run, result)) co_return;
    run.say_line(fmt::format("The database takes {} [Q1].",
                             with_unit("database_bytes", cell_at(result.value, 0, "database_bytes"))));
  }
  co_await show(
      run, {"table_sizes", "Tables by size, with their indexes", "None of the largest tables is called that"},
      std::move(reading));
}

}  // namespace selfheal::assistant::internal
