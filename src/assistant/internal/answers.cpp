#include "assistant/internal/answers.h"

#include <fmt/format.h>

#include <cmath>

#include "assistant/internal/queries.h"

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;

// Words that leave open whether a table is meant need the names of the tables.
bool may_name_a_table(const Reading& reading) {
  static constexpr std::string_view kConcepts[] = {"bloat",    "change",  "column", "count",
                                                   "describe", "explain", "fail",   "happen",
                                                   "list",     "sample",  "size",   "why"};
  return !reading.unknown.empty() ||
         std::ranges::any_of(kConcepts, [&reading](auto one) { return reading.concepts.contains(one); });
}

// A server's name says where, not what: it must not look like a word that is not understood.
std::string without_server_names(const Run& run) {
  auto text = run.question().text;
  for (const auto& server : run.world().servers()) {
    const auto& name = server.name.value();
    if (name.size() > 1 && names(text, name)) text.replace(text.find(name), name.size(), "database");
  }
  return text;
}

}  // namespace

asio::awaitable<std::vector<TableName>> tables_of(Run& run) {
  std::vector<TableName> tables;
  const auto server = run.server();
  if (!server) co_return tables;
  const auto rows = co_await run.world().run_sql(*server, query("tables"), run.asker(), run.deadline());
  if (!rows || rows->trouble) co_return tables;
  for (const auto& row : rows->rows)
    if (row.size() >= 2 && row[0] && row[1]) tables.push_back({*row[0], *row[1]});
  co_return tables;
}

asio::awaitable<void> answer_by_intents(Run& run) {
  const auto& text = run.question().text;
  auto reading = read_question(text, {});
  std::vector<TableName> tables;
  if (!reading.sql && reading.error.empty() && may_name_a_table(reading)) {
    tables = co_await tables_of(run);
    reading = read_question(text, tables);
  }
  auto intent = recognise(reading);
  if (intent == Intent::not_understood) {
    reading = read_question(without_server_names(run), tables);
    intent = recognise(reading);
  }
  if (intent == Intent::not_understood && run.question().about && reading.unknown.empty()) {
    // "Why?" is about what the conversation is about.
    reading.incident = run.question().about;
    reading.concepts.insert("incident");
    intent = recognise(reading);
  }
  run.note("intent", to_word(intent));
  for (const auto& row : intents()) {
    if (row.intent != intent) continue;
    co_await row.answer(run, std::move(reading));
    co_return;
  }
}

std::string text_at(const json::value& value, std::string_view key) {
  const auto& part = part_at(value, key);
  return part.is_string() ? std::string(part.get_string()) : "";
}

double number_at(const json::value& value, std::string_view key) {
  const auto& part = part_at(value, key);
  return part.is_number() ? part.to_number<double>() : 0;
}

const json::array& list_at(const json::value& value, std::string_view key) {
  static const json::array kNone;
  const auto& part = part_at(value, key);
  return part.is_array() ? part.get_array() : kNone;
}

const json::value& part_at(const json::value& value, std::string_view key) {
  static const json::value kNone;
  const auto* object = value.if_object();
  const auto* part = object ? object->if_contains(key) : nullptr;
  return part ? *part : kNone;
}

std::string cell_at(const json::value& table, std::size_t row, std::string_view column) {
  const auto& columns = list_at(table, "columns");
  const auto& rows = list_at(table, "rows");
  if (row >= rows.size() || !rows[row].is_array()) return {};
  const auto& cells = rows[row].get_array();
  for (std::size_t i = 0; i < std::min(columns.size(), cells.size()); ++i)
    if (columns[i] == json::value(column))
      return cells[i].is_string() ? std::string(cells[i].get_string()) : "";
  return {};
}

std::string in_words(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} d", seconds / 86400);
}

std::string counted(double count, std::string_view thing) {
  return fmt::format("{:.0f} {}{}", count, thing, std::lround(count) == 1 ? "" : "s");
}

bool say_problem(Run& run, const ToolResult& result) {
  if (result.problem.empty()) return false;
  run.say_line(fmt::format("I could not look: {}.", result.problem));
  return true;
}

}  // namespace selfheal::assistant::internal
