#include "healing/playbooks/duplicate_key.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "healing/playbooks/reasoning.h"

namespace selfheal::healing {
namespace {

using Columns = std::vector<UniqueKeyColumn>;

bool is_target(const pg::StatementFacts::Relation& relation, const UniqueKeyColumn& column) {
  const auto fits = [&](const std::string& schema, const std::string& table) {
    return relation.name == table && (relation.schema.empty() || relation.schema == schema);
  };
  return fits(column.schema, column.table) || fits(column.root_schema, column.root_table);
}

std::size_t tables_in(const Columns& rows) {
  std::set<std::pair<std::string, std::string>> tables;
  for (const auto& row : rows) tables.emplace(row.schema, row.table);
  return tables.size();
}

// The rows of the table the statement writes to, when the name of the index alone does not say.
Columns of_one_table(Columns rows, const std::optional<pg::StatementFacts>& statement) {
  if (tables_in(rows) <= 1) return rows;
  if (!statement || statement->relations.empty()) return {};
  std::erase_if(rows, [&](const auto& row) { return !is_target(statement->relations.front(), row); });
  return tables_in(rows) == 1 ? rows : Columns{};
}

std::optional<bool> supplied_by(const std::optional<pg::StatementFacts>& statement,
                                const UniqueKeyColumn& column) {
  if (column.generated_always) return false;
  if (!statement || statement->kind != "INSERT" || statement->relations.empty() ||
      !is_target(statement->relations.front(), column))
    return std::nullopt;
  if (statement->insert_default_values) return false;
  if (!statement->insert_names_columns) return std::nullopt;
  const auto named = [&](const std::vector<std::string>& names) {
    return std::ranges::find(names, column.column) != names.end();
  };
  return named(statement->insert_columns) && !named(statement->defaulted_columns);
}

std::optional<std::int64_t> failing_value_of(const ErrorEvent& event, const std::string& column) {
  const auto key = key_of_detail(event.detail);
  if (!key) return std::nullopt;
  for (std::size_t i = 0; i < key->columns.size(); ++i) {
    if (key->columns[i] != column && key->columns[i] != '"' + column + '"') continue;
    const auto& text = key->values[i];
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size()) return value;
  }
  return std::nullopt;
}

}  // namespace

const UniqueKeyColumn* DuplicateKey::fed() const {
  const auto found = std::ranges::find_if(
      columns, [](const auto& column) { return !column.sequence.empty() && column.increment > 0; });
  return found == columns.end() ? nullptr : &*found;
}

std::string DuplicateKey::table_text() const {
  return fmt::format("{}.{}", columns.front().root_schema, columns.front().root_table);
}

std::string DuplicateKey::key_text() const {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.column);
  return fmt::format("({})", fmt::join(names, ", "));
}

Result<std::optional<DuplicateKey>> duplicate_key(const Case& facts) {
  TRY(auto rows, unique_key(facts.evidence));
  const auto& statement = facts.sighting.statement;
  DuplicateKey key{.columns = of_one_table(std::move(rows), statement)};
  if (key.columns.empty()) return std::nullopt;
  if (const auto* fed = key.fed()) {
    key.supplied = supplied_by(statement, *fed);
    key.failing_value = failing_value_of(facts.sighting.exemplar, fed->column);
  }
  return key;
}

std::optional<std::int64_t> next_value(const UniqueKeyColumn& column) {
  if (!column.last_value || !column.is_called) return column.last_value;
  std::int64_t next = 0;
  if (__builtin_add_overflow(*column.last_value, column.increment, &next)) return std::nullopt;
  return next;
}

bool is_behind(const UniqueKeyColumn& column) {
  const auto next = next_value(column);
  return next && column.max_value && *next <= *column.max_value;
}

std::optional<bool> came_from_sequence(const DuplicateKey& key) {
  if (!key.failing_value || !key.fed()->last_value) return std::nullopt;
  std::int64_t distance = 0;
  return !__builtin_sub_overflow(*key.fed()->last_value, *key.failing_value, &distance) && distance >= 0 &&
         distance % key.fed()->increment == 0;
}

}  // namespace selfheal::healing
