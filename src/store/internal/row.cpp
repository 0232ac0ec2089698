#include "store/internal/row.h"

#include <algorithm>
#include <charconv>

#include "pg/params.h"

namespace selfheal::store {

const pg::Param* Row::find(std::string_view column) {
  const auto found = std::ranges::find(rows_.columns, column);
  if (found != rows_.columns.end())
    return &rows_.rows[index_][static_cast<std::size_t>(found - rows_.columns.begin())];
  fail(column);
  return nullptr;
}

void Row::fail(std::string_view column) {
  keep(failure("column " + std::string(column) + " does not hold what this program expects"));
}

void Row::keep(const Status& status) {
  if (status_ && !status) status_ = status;
}

std::string Row::text(std::string_view column) {
  const auto* field = find(column);
  if (field && *field) return **field;
  fail(column);
  return {};
}

std::int64_t Row::number(std::string_view column) {
  const auto* field = find(column);
  const auto value = field ? pg::read_int64(*field) : failure("");
  if (!value) fail(column);
  return value.value_or(0);
}

std::uint64_t Row::unsigned_number(std::string_view column) {
  const auto digits = text(column);
  std::uint64_t value = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc{} || stop != end) fail(column);
  return value;
}

double Row::real(std::string_view column) {
  const auto* field = find(column);
  const auto value = field ? pg::read_double(*field) : failure("");
  if (!value) fail(column);
  return value.value_or(0);
}

bool Row::truth(std::string_view column) {
  const auto* field = find(column);
  const auto value = field ? pg::read_bool(*field) : failure("");
  if (!value) fail(column);
  return value.value_or(false);
}

Time Row::time(std::string_view column) {
  const auto* field = find(column);
  const auto value = field ? pg::read_time(*field) : failure("");
  if (!value) fail(column);
  return value.value_or(Time{});
}

bool Row::is_null(std::string_view column) {
  const auto* field = find(column);
  return !field || !*field;
}

std::optional<std::int64_t> Row::optional_number(std::string_view column) {
  if (is_null(column)) return std::nullopt;
  return number(column);
}

std::optional<Time> Row::optional_time(std::string_view column) {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

std::optional<std::string> Row::optional_text(std::string_view column) {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

}  // namespace selfheal::store
