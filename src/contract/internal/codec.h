#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

// How values of our structs become JSON and back; contract/json.h is what to include.
namespace selfheal::contract {

namespace json = boost::json;

struct FieldProblem {
  std::string pointer;  // RFC 6901, empty for the whole text: "/errors/0/sqlstate"
  std::string detail;   // what is wrong, without the value

  friend bool operator==(const FieldProblem&, const FieldProblem&) = default;
};

// strict: for requests; an unknown field is a problem, because it is a misspelt one. lenient: for answers of
// a server that may be of another version.
enum class Reading { strict, lenient };

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;

// A struct that is sent to us names the fields that must be there in `kRequired`.
template <class T>
concept HasRequired = requires { T::kRequired; };

namespace internal {

template <class T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public>;

// What was read and what did not fit. Keeps the first 20 problems: more help nobody.
class Problems {
 public:
  void add(std::string_view pointer, std::string detail);
  std::vector<FieldProblem> take() { return std::move(list_); }

 private:
  std::vector<FieldProblem> list_;
};

std::string joined(std::string_view pointer, std::string_view key);
std::string unknown_field(std::string_view key, const std::vector<std::string_view>& known);

json::value write(bool value);
json::value write(double value);
json::value write(int value);
json::value write(std::int64_t value);
json::value write(const std::string& value);
json::value write(Time value);
// What has no shape of ours stays as it is.
json::value write(const json::value& value);
void read(const json::value& from, bool& to, std::string_view pointer, Reading, Problems& problems);
void read(const json::value& from, double& to, std::string_view pointer, Reading, Problems& problems);
void read(const json::value& from, int& to, std::string_view pointer, Reading, Problems& problems);
void read(const json::value& from, std::int64_t& to, std::string_view pointer, Reading, Problems& problems);
void read(const json::value& from, std::string& to, std::string_view pointer, Reading, Problems& problems);
void read(const json::value& from, Time& to, std::string_view pointer, Reading, Problems& problems);
void read(const json::value& from, json::value& to, std::string_view pointer, Reading, Problems& problems);

template <class T>
json::value write(const std::optional<T>& value);
template <class T>
json::value write(const std::vector<T>& list);
template <class T>
json::value write(const std::map<std::string, T>& map);
template <class T>
void read(const json::value& from, std::optional<T>& to, std::string_view pointer, Reading, Problems&);
template <class T>
void read(const json::value& from, std::vector<T>& to, std::string_view pointer, Reading, Problems&);
template <class T>
void read(const json::value& from, std::map<std::string, T>& to, std::string_view pointer, Reading,
          Problems&);

template <Described T>
json::value write(const T& value) {
  json::object object;
  boost::mp11::mp_for_each<MembersOf<T>>(
      [&](auto member) { object[member.name] = write(value.*member.pointer); });
  return object;
}

template <class T>
json::value write(const std::optional<T>& value) {
  return value ? write(*value) : json::value();
}

template <class T>
json::value write(const std::vector<T>& list) {
  json::array array;
  for (const auto& item : list) array.push_back(write(item));
  return array;
}

template <class T>
json::value write(const std::map<std::string, T>& map) {
  json::object object;
  for (const auto& [key, value] : map) object[key] = write(value);
  return object;
}

template <class T>
std::vector<std::string_view> names_of() {
  std::vector<std::string_view> names;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) { names.emplace_back(member.name); });
  return names;
}

void check_names(const json::object& object, const std::vector<std::string_view>& known,
                 std::string_view pointer, Problems& problems);
template <class Names>
void check_required(const json::object& object, const Names& names, std::string_view pointer,
                    Problems& problems) {
  for (const std::string_view name : names)
    if (!object.contains(name) || object.at(name).is_null())
      problems.add(joined(pointer, name), "is missing");
}

template <Described T>
void read(const json::value& from, T& to, std::string_view pointer, Reading reading, Problems& problems) {
  const auto* object = from.if_object();
  if (!object) return problems.add(pointer, "must be an object");
  if (reading == Reading::strict) check_names(*object, names_of<T>(), pointer, problems);
  if constexpr (HasRequired<T>) check_required(*object, T::kRequired, pointer, problems);
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) {
    // An absent field and null both leave the default; check_required has complained where that is wrong.
    const auto* value = object->if_contains(member.name);
    if (value && !value->is_null())
      read(*value, to.*member.pointer, joined(pointer, member.name), reading, problems);
  });
}

template <class T>
void read(const json::value& from, std::optional<T>& to, std::string_view pointer, Reading reading,
          Problems& problems) {
  if (from.is_null()) return to.reset();
  read(from, to.emplace(), pointer, reading, problems);
}

template <class T>
void read(const json::value& from, std::vector<T>& to, std::string_view pointer, Reading reading,
          Problems& problems) {
  const auto* array = from.if_array();
  if (!array) return problems.add(pointer, "must be a list");
  to.resize(array->size());
  for (std::size_t i = 0; i < to.size(); ++i)
    read((*array)[i], to[i], joined(pointer, std::to_string(i)), reading, problems);
}

template <class T>
void read(const json::value& from, std::map<std::string, T>& to, std::string_view pointer, Reading reading,
          Problems& problems) {
  const auto* object = from.if_object();
  if (!object) return problems.add(pointer, "must be an object");
  for (const auto& [key, value] : *object)
    read(value, to[std::string(key)], joined(pointer, key), reading, problems);
}

}  // namespace internal

}  // namespace selfheal::contract
