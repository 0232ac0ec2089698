#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "pg/connection.h"

// PostgreSQL's text form of values: written as parameters, read from results of a Connection, whose session
// settings fix the form. Readers fail with invalid_input and never repeat the text.
namespace selfheal::pg {

Param to_param(std::string_view text);
Param to_param(const char* text);
Param to_param(std::int64_t number);
Param to_param(int number);
Param to_param(double number);  // exact: the shortest text that reads back as the same number
Param to_param(bool truth);
Param to_param(Time time);
template <class T>
Param to_param(const std::optional<T>& value) {
  return value ? to_param(*value) : Param();
}

// An array literal, every element quoted: {"a","b \"c\"",NULL}. Works for any element type: `$1::bigint[]`.
std::string to_array(std::span<const std::string> elements);
std::string to_array(std::span<const Param> elements);
std::string to_array(std::span<const std::int64_t> elements);

Result<std::int64_t> read_int64(const Param& field);
Result<double> read_double(const Param& field);
Result<bool> read_bool(const Param& field);
Result<Time> read_time(const Param& field);
// NULL is an error, as in the other readers.
Result<std::string> read_text(const Param& field);
// A one-dimensional array with any bounds: {a,"b c",NULL}. Refuses nested arrays and more than
// kArrayElements.
Result<std::vector<Param>> read_array(const Param& field);
// The same without NULL elements.
Result<std::vector<std::string>> read_text_array(const Param& field);
Result<std::vector<std::int64_t>> read_int64_array(const Param& field);

// Read `field` when it is not NULL: read_optional(field, read_time).
template <class T>
Result<std::optional<T>> read_optional(const Param& field, Result<T> (*read)(const Param&)) {
  if (!field) return std::optional<T>();
  TRY(auto value, read(field));
  return std::optional<T>(std::move(value));
}

// Far above what a query of ours aggregates.
inline constexpr std::size_t kArrayElements = 100'000;

}  // namespace selfheal::pg
