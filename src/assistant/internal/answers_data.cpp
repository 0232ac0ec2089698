// Questions about the application's tables, and SQL that was typed directly. All SQL takes the gate.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "assistant/internal/answers.h"
#include "pg/identifier.h"

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;

constexpr int kRowsListed = 10;
constexpr int kMostRows = 100;
constexpr std::size_t kCellBytes = 80;

std::string shown(const TableName& table) { return table.schema + "." + table.name; }

// The one table that is meant. Says what is open when there is none or are several.
std::optional<TableName> the_table(Run& run, const Reading& reading) {
  if (reading.tables.size() == 1) return reading.tables.front();
  if (reading.tables.empty()) {
    run.say_line("I did not find the table that you mean.");
    if (!reading.unknown.empty())
      run.say_line(fmt::format("No table here is called like {}.", fmt::join(reading.unknown, " or ")));
    if (!run.server()) run.say_line("Several servers are watched: say which one.");
    run.suggest("Which tables are there?");
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const auto& table : reading.tables) names.push_back(shown(table));
  run.say_line(fmt::format("Several tables fit: {}. Which one?", fmt::join(names, ", ")));
  return std::nullopt;
}

std::string cut(std::string text) {
  if (text.size() <= kCellBytes) return text;
  auto end = kCellBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

void say_notice(Run& run, const ToolResult& result) {
  if (const auto notice = text_at(result.value, "notice"); !notice.empty()) run.say_line("Note: " + notice);
}

void say_rows(Run& run, const ToolResult& result) {
  const auto& columns = list_at(result.value, "columns");
  const auto& rows = list_at(result.value, "rows");
  for (std::size_t i = 0; i < std::min<std::size_t>(rows.size(), kRowsListed); ++i) {
    std::string line;
    const auto& cells = rows[i].as_array();
    for (std::size_t c = 0; c < std::min(cells.size(), columns.size()); ++c) {
      const auto cell = cells[c].is_string() ? cut(std::string(cells[c].get_string())) : "NULL";
      line +=
          fmt::format("{}{} {}", line.empty() ? "" : ", ", std::string_view(columns[c].get_string()), cell);
    }
    run.say_line("- " + line);
  }
  if (rows.size() > kRowsListed)
    run.say_line(fmt::format("… {} rows in all, in the table above.", rows.size()));
  say_notice(run, result);
}

void say_refusal(Run& run, const ToolResult& result) {
  const bool by_gate = part_at(result.value, "refused") == json::value(true);
  if (!by_gate) {
    const auto code = text_at(result.value, "sqlstate");
    run.say_line(fmt::format("PostgreSQL could not run it{}: {}.", code.empty() ? "" : " (" + code + ")",
                             result.problem));
    if (!code.empty()) run.suggest("How do I fix SQLSTATE " + code + "?");
    return;
  }
  const auto rule = text_at(result.value, "rule");
  const auto instead = text_at(result.value, "allowed_instead");
  run.say_line(
      fmt::format("It was not run: {}{}.", result.problem, rule.empty() ? "" : " (rule " + rule + ")"));
  run.say_line(
      instead.empty()
          ? "Only one statement that reads may run here: SELECT, VALUES, TABLE, SHOW, or EXPLAIN of a "
            "SELECT."
          : fmt::format("Allowed is {}.", instead));
  run.say_line(
      "If something should change, name an incident (\"fix SH-7\") and I file a plan for it; otherwise a "
      "person with "
      "the right runs the statement.");
}

}  // namespace

Answered answer_sql(Run& run, Reading reading) {
  const auto result = co_await run.call("run_readonly_sql", {{"sql", *reading.sql}});
  if (part_at(result.value, "refused").is_bool()) {
    say_refusal(run, result);
    co_return;
  }
  if (say_problem(run, result)) co_return;
  run.say_line(
      fmt::format("{}{} [Q1].", counted(result.rows, "row"), result.is_cut ? ", and there are more" : ""));
  say_rows(run, result);
}

Answered answer_count_rows(Run& run, Reading reading) {
  const auto table = the_table(run, reading);
  if (!table) co_return;
  const auto sql = "SELECT count(*) AS rows FROM " + pg::quote_qualified(table->schema, table->name);
  const auto result = co_await run.call("run_readonly_sql", {{"sql", sql}});
  if (part_at(result.value, "refused").is_bool()) {
    say_refusal(run, result);
    co_return;
  }
  if (say_problem(run, result)) co_return;
  run.say_line(fmt::format("{} has {} rows [Q1].", shown(*table), cell_at(result.value, 0, "rows")));
  say_notice(run, result);
  run.suggest("Show me the first rows of " + shown(*table));
}

Answered answer_list_rows(Run& run, Reading reading) {
  const auto table = the_table(run, reading);
  if (!table) co_return;
  const auto wanted = std::clamp(reading.number.value_or(kRowsListed), 1, kMostRows);
  const auto sql =
      fmt::format("SELECT * FROM {} LIMIT {}", pg::quote_qualified(table->schema, table->name), wanted);
  const auto result = co_await run.call("run_readonly_sql", {{"sql", sql}});
  if (part_at(result.value, "refused").is_bool()) {
    say_refusal(run, result);
    co_return;
  }
  if (say_problem(run, result)) co_return;
  run.say_line(
      fmt::format("{} of {}, in no particular order [Q1]:", counted(result.rows, "row"), shown(*table)));
  say_rows(run, result);
  run.suggest("How many rows are in " + shown(*table) + "?");
}

Answered answer_list_tables(Run& run, Reading) {
  const auto result = co_await run.call("lookup_schema", json::object{});
  if (say_problem(run, result)) co_return;
  const auto& tables = part_at(result.value, "tables");
  const auto count = list_at(tables, "rows").size();
  run.say_line(
      fmt::format("{} and views that I may see [Q1]:", counted(static_cast<double>(count), "table")));
  for (std::size_t i = 0; i < std::min<std::size_t>(count, 30); ++i) {
    const auto estimate = cell_at(tables, i, "estimated_rows");
    run.say_line(fmt::format("- {}.{} ({}{})", cell_at(tables, i, "schema"), cell_at(tables, i, "table"),
                             cell_at(tables, i, "kind"),
                             estimate.empty() ? "" : ", about " + estimate + " rows"));
  }
  if (count > 30) run.say_line("… and more, in the table above.");
}

Answered answer_describe_table(Run& run, Reading reading) {
  const auto table = the_table(run, reading);
  if (!table) co_return;
  const auto result = co_await run.call("lookup_schema", {{"table", shown(*table)}});
  if (say_problem(run, result)) co_return;
  const auto& columns = part_at(result.value, "columns");
  run.say_line(fmt::format("{} [Q1]:", shown(*table)));
  for (std::size_t i = 0; i < list_at(columns, "rows").size(); ++i)
    run.say_line(fmt::format("- {} {}{}{}", cell_at(columns, i, "column"), cell_at(columns, i, "type"),
                             cell_at(columns, i, "is_required") == "t" ? ", required" : "",
                             cell_at(columns, i, "is_in_primary_key") == "t" ? ", in the primary key" : ""));
}

}  // namespace selfheal::assistant::internal
