#include "assistant/internal/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;
using Cell = std::optional<std::string>;

json::array as_json(const std::vector<std::string>& columns) {
  json::array out;
  for (const auto& column : columns) out.emplace_back(column);
  return out;
}

json::array as_json(const std::vector<std::vector<Cell>>& rows) {
  json::array out;
  for (const auto& row : rows) {
    json::array cells;
    for (const auto& cell : row) cells.push_back(cell ? json::value(*cell) : json::value(nullptr));
    out.push_back(std::move(cells));
  }
  return out;
}

bool is_number(std::string_view text) {
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

// What may be said of a cell without saying it. Not how long a text is: a statement can make that its value.
std::string_view kind_of(const Cell& cell) {
  if (!cell) return "null";
  if (*cell == "t" || *cell == "f") return "boolean";
  if (is_number(*cell)) return "number";
  if (cell->size() >= 10 && parse_time(*cell)) return "time";
  return "text";
}

// A label that the statement made up may be anything; only what looks like a name of the catalog is shown.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && !(name.front() >= '0' && name.front() <= '9') &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
         });
}

OutgoingText column_names(const std::vector<std::string>& columns) {
  OutgoingText out;
  for (std::size_t i = 0; i < std::min(columns.size(), kModelColumns); ++i) {
    out += OurText(" ");
    out += own(fmt::format("c{}={}", i + 1, is_plain_name(columns[i]) ? columns[i] : "?"));
  }
  return out;
}

OutgoingText handles(const SqlRows& rows, std::string_view call) {
  OutgoingText out;
  for (std::size_t r = 0; r < std::min(rows.rows.size(), kModelRows); ++r) {
    out += OurText("\n ");
    const auto& row = rows.rows[r];
    for (std::size_t c = 0; c < std::min(row.size(), kModelColumns); ++c)
      out += own(fmt::format(" [{}.r{}.c{}] {}", call, r + 1, c + 1, kind_of(row[c])));
  }
  return out;
}

pg::RedactedText shown(std::string_view column, const std::string& cell) {
  if (column == "query") return pg::redact_statement(cell);
  if (column == "application") return pg::redact({.application = cell}).application;
  if (column == "user_name") return pg::redact({.user = cell}).user;
  return own(cell);
}

}  // namespace

Facts hidden_rows(const SqlRows& rows, std::string_view call) {
  Facts facts;
  const auto count = rows.rows.size();
  facts.add_hidden("row_count", static_cast<std::int64_t>(count));
  facts.add_for_model("row_count",
                      count > kModelRows ? OutgoingText("more than 30") : own(std::to_string(count)));
  facts.add_hidden("is_cut", rows.is_cut);
  facts.add_hidden("columns", as_json(rows.columns));
  facts.add_hidden("rows", as_json(rows.rows));
  facts.add_for_model("columns", column_names(rows.columns));
  facts.add_for_model("cells", handles(rows, call));
  return facts;
}

Facts statistics_rows(const SqlRows& rows) {
  auto redacted = rows.rows;
  OutgoingText text;
  for (std::size_t r = 0; r < redacted.size(); ++r) {
    if (r < kModelRows) text += OurText("\n ");
    for (std::size_t c = 0; c < std::min(redacted[r].size(), rows.columns.size()); ++c) {
      auto& cell = redacted[r][c];
      if (!cell) continue;
      const auto safe = shown(rows.columns[c], *cell);
      cell = safe.text();
      if (r >= kModelRows) continue;
      text += own(" " + rows.columns[c] + "=");
      text += quoted(safe);
    }
  }
  Facts facts;
  facts.add("row_count", static_cast<std::int64_t>(redacted.size()));
  facts.add("is_cut", rows.is_cut);
  facts.add_hidden("columns", as_json(rows.columns));
  facts.add_hidden("rows", as_json(redacted));
  facts.add_for_model("rows", text);
  return facts;
}

}  // namespace selfheal::assistant::internal
