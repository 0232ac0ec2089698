// An error is redacted as a whole: what its message calls missing leaves its statement too.
#include <algorithm>
#include <array>
#include <string>

#include "healing/evidence/cells.h"
#include "pg/params.h"

namespace selfheal::healing {
namespace {

using Cell = std::optional<std::string>;

struct TextColumn {
  std::string_view name;
  std::string pg::ErrorFields::* raw;
  pg::RedactedText pg::RedactedError::* redacted;
};
constexpr std::array kTexts = {
    TextColumn{"message", &pg::ErrorFields::message, &pg::RedactedError::message},
    TextColumn{"detail", &pg::ErrorFields::detail, &pg::RedactedError::detail},
    TextColumn{"hint", &pg::ErrorFields::hint, &pg::RedactedError::hint},
    TextColumn{"context", &pg::ErrorFields::context, &pg::RedactedError::context},
    TextColumn{"statement", &pg::ErrorFields::statement, &pg::RedactedError::statement},
    TextColumn{"internal_query", &pg::ErrorFields::internal_query, &pg::RedactedError::internal_query},
    TextColumn{"database", &pg::ErrorFields::database, &pg::RedactedError::database},
    TextColumn{"user_name", &pg::ErrorFields::user, &pg::RedactedError::user},
    TextColumn{"application", &pg::ErrorFields::application, &pg::RedactedError::application},
    TextColumn{"client_host", &pg::ErrorFields::client_host, &pg::RedactedError::client_host}};

struct ObjectColumn {
  std::string_view name;
  std::string pg::ObjectNames::* field;
};
constexpr std::array kObjects = {ObjectColumn{"object_schema", &pg::ObjectNames::schema},
                                 ObjectColumn{"object_table", &pg::ObjectNames::table},
                                 ObjectColumn{"object_column", &pg::ObjectNames::column},
                                 ObjectColumn{"object_constraint", &pg::ObjectNames::constraint},
                                 ObjectColumn{"object_index", &pg::ObjectNames::index},
                                 ObjectColumn{"object_datatype", &pg::ObjectNames::datatype},
                                 ObjectColumn{"object_role", &pg::ObjectNames::role},
                                 ObjectColumn{"object_routine", &pg::ObjectNames::routine},
                                 ObjectColumn{"object_sequence", &pg::ObjectNames::sequence},
                                 ObjectColumn{"object_parameter", &pg::ObjectNames::parameter},
                                 ObjectColumn{"object_partition", &pg::ObjectNames::partition},
                                 ObjectColumn{"object_database", &pg::ObjectNames::database}};

// Lists of names that were read out of the statement.
constexpr std::array<std::string_view, 4> kOfStatement = {"relation_schemas", "relation_names",
                                                          "insert_columns", "defaulted_columns"};

template <class Columns>
const typename Columns::value_type* named(const Columns& columns, std::string_view name) {
  const auto found = std::ranges::find(columns, name, &Columns::value_type::name);
  return found == columns.end() ? nullptr : &*found;
}

bool is_error(const std::vector<std::string>& columns) {
  const auto has = [&](std::string_view name) { return std::ranges::find(columns, name) != columns.end(); };
  return has("sqlstate") && has("message") && has("statement");
}

pg::RedactedError redacted_error(const std::vector<std::string>& columns, const std::vector<Cell>& row) {
  pg::ErrorFields fields;
  for (std::size_t i = 0; i < std::min(columns.size(), row.size()); ++i) {
    if (!row[i]) continue;
    if (columns[i] == "sqlstate") fields.sqlstate = *row[i];
    if (const auto* text = named(kTexts, columns[i])) fields.*(text->raw) = *row[i];
    if (const auto* object = named(kObjects, columns[i])) fields.objects.*(object->field) = *row[i];
  }
  return pg::redact(fields);
}

// Shown when the statement that is shown has all of them.
pg::RedactedText names_of(const std::string& cell, const pg::RedactedError& error) {
  const auto names = pg::read_text_array(cell);
  const auto is_shown = [&](const std::string& name) { return error.statement.text().contains(name); };
  const bool all = names && std::ranges::all_of(*names, is_shown);
  return pg::redact_own_text(all ? cell : "‹left out›");
}

pg::RedactedText cell_of_error(const std::string& column, const std::string& cell,
                               const pg::RedactedError& error) {
  if (cell.empty()) return {};
  if (const auto* text = named(kTexts, column)) return error.*(text->redacted);
  if (const auto* object = named(kObjects, column)) {
    const bool kept = error.objects.*(object->field) == cell;
    return pg::redact_own_text(kept ? cell : "‹name›");
  }
  if (std::ranges::find(kOfStatement, column) != kOfStatement.end()) return names_of(cell, error);
  return redacted_cell(column, cell);
}

}  // namespace

std::vector<std::optional<pg::RedactedText>> redacted_row(const std::vector<std::string>& columns,
                                                          const std::vector<Cell>& row) {
  const auto error = is_error(columns) ? std::optional(redacted_error(columns, row)) : std::nullopt;
  std::vector<std::optional<pg::RedactedText>> shown;
  // A cell without a column has no meaning that could be known.
  for (std::size_t i = 0; i < std::min(columns.size(), row.size()); ++i) {
    if (!row[i])
      shown.emplace_back();
    else
      shown.push_back(error ? cell_of_error(columns[i], *row[i], *error)
                            : redacted_cell(columns[i], *row[i]));
  }
  return shown;
}

}  // namespace selfheal::healing
