#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/internal/codec.h"

// JSON of the structs of our API: each field under its own name, times as RFC 3339 in UTC, what is absent as
// null. What comes from outside is read field by field, and everything that does not fit is named at once.
namespace selfheal::contract {

template <class T>
json::value to_json(const T& value) {
  return internal::write(value);
}
std::string to_text(const json::value& value);

template <class T>
struct Parsed {
  T value;
  std::vector<FieldProblem> problems;  // empty: everything fitted
};

template <class T>
Parsed<T> from_json(const json::value& value, Reading reading) {
  Parsed<T> parsed;
  internal::Problems problems;
  internal::read(value, parsed.value, "", reading, problems);
  parsed.problems = problems.take();
  return parsed;
}

// The text as JSON, at most 32 levels deep. invalid_input says at which byte it ends to be JSON.
Result<json::value> parse_json(std::string_view text);

// Text that is not JSON is one problem, of the whole.
template <class T>
Parsed<T> from_text(std::string_view text, Reading reading) {
  const auto value = parse_json(text);
  if (!value) return {.problems = {{.pointer = "", .detail = value.error().message}}};
  return from_json<T>(*value, reading);
}

}  // namespace selfheal::contract
