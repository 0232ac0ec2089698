#pragma once

#include <boost/describe/members.hpp>
#include <boost/json.hpp>
#include <boost/mp11/algorithm.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/words.h"
#include "store/internal/text.h"

// Values as JSON and back, for jsonb columns and for rows that go to the server as one parameter. Reading
// forgives what an older or newer program wrote: an absent field keeps its default, an unknown one is passed
// over. A field of the wrong kind is an error.
namespace selfheal::store {

namespace json = boost::json;

inline json::value to_json(const std::string& text) { return json::string(storable(text)); }
inline json::value to_json(bool truth) { return truth; }
inline json::value to_json(Time time) { return json::string(to_timestamptz(time)); }

template <class T>
  requires std::is_arithmetic_v<T>
json::value to_json(T number) {
  return number;
}
template <class T>
  requires std::is_enum_v<T>
json::value to_json(T word) {
  return json::string(to_word(word));
}
template <class T>
  requires boost::describe::has_describe_members<T>::value
json::value to_json(const T& value);
template <class T>
json::value to_json(const std::vector<T>& items);

template <class T>
json::value to_json(const std::optional<T>& value) {
  return value ? to_json(*value) : json::value();
}
template <class T>
json::value to_json(const std::vector<T>& items) {
  json::array out;
  for (const auto& item : items) out.push_back(to_json(item));
  return out;
}
template <class T>
  requires boost::describe::has_describe_members<T>::value
json::value to_json(const T& value) {
  json::object out;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
      [&](auto member) { out[member.name] = to_json(value.*member.pointer); });
  return out;
}

// Each fills `out` and returns whether the value was of its kind.
bool read_json(const json::value& value, std::string& out);
bool read_json(const json::value& value, bool& out);
bool read_json(const json::value& value, int& out);
bool read_json(const json::value& value, std::int64_t& out);
bool read_json(const json::value& value, double& out);
bool read_json(const json::value& value, Time& out);

template <class T>
  requires std::is_enum_v<T>
bool read_json(const json::value& value, T& out) {
  const auto word = value.is_string() ? from_word<T>(std::string_view(value.get_string())) : std::nullopt;
  if (word) out = *word;
  return word.has_value();
}
template <class T>
  requires boost::describe::has_describe_members<T>::value
bool read_json(const json::value& value, T& out);
template <class T>
bool read_json(const json::value& value, std::vector<T>& out);

template <class T>
bool read_json(const json::value& value, std::optional<T>& out) {
  out.reset();
  return value.is_null() || read_json(value, out.emplace());
}
template <class T>
bool read_json(const json::value& value, std::vector<T>& out) {
  if (!value.is_array()) return false;
  out.clear();
  for (const auto& item : value.get_array())
    if (!read_json(item, out.emplace_back())) return false;
  return true;
}
template <class T>
  requires boost::describe::has_describe_members<T>::value
bool read_json(const json::value& value, T& out) {
  if (!value.is_object()) return false;
  bool fits = true;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>(
      [&](auto member) {
        const auto* field = value.get_object().if_contains(member.name);
        if (field && !read_json(*field, out.*member.pointer)) fits = false;
      });
  return fits;
}

// Reads a jsonb column. The error names the column and not its content.
template <class T>
Status parse_json(std::string_view text, std::string_view column, T& out) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !read_json(value, out))
    return failure("column " + std::string(column) + " holds JSON that this program does not understand");
  return {};
}

}  // namespace selfheal::store
