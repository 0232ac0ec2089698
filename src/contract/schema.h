#pragma once

#include <boost/core/demangle.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <typeinfo>
#include <vector>

#include "contract/json.h"

// JSON Schema (2020-12, the dialect of OpenAPI 3.1) of our structs, printed from their descriptions.
namespace selfheal::contract {

// Collects the schemas of all structs that were asked for, under their names.
class Schemas {
 public:
  // A reference to the schema of a struct, or the schema itself of anything else.
  template <class T>
  json::value of() {
    return of_type(static_cast<const T*>(nullptr));
  }
  const json::object& components() const { return components_; }

 private:
  static json::value of_type(const bool*) { return {{"type", "boolean"}}; }
  static json::value of_type(const int*) { return {{"type", "integer"}, {"format", "int32"}}; }
  static json::value of_type(const std::int64_t*) { return {{"type", "integer"}, {"format", "int64"}}; }
  static json::value of_type(const double*) { return {{"type", "number"}}; }
  static json::value of_type(const std::string*) { return {{"type", "string"}}; }
  static json::value of_type(const Time*) { return {{"type", "string"}, {"format", "date-time"}}; }
  static json::value of_type(const json::value*) { return json::object(); }  // anything
  template <class T>
  json::value of_type(const std::optional<T>*) {
    return {{"anyOf", json::array{of<T>(), json::object{{"type", "null"}}}}};
  }
  template <class T>
  json::value of_type(const std::vector<T>*) {
    return {{"type", "array"}, {"items", of<T>()}};
  }
  template <class T>
  json::value of_type(const std::map<std::string, T>*) {
    return {{"type", "object"}, {"additionalProperties", of<T>()}};
  }
  template <Described T>
  json::value of_type(const T*) {
    const auto name = name_of(boost::core::demangle(typeid(T).name()));
    if (!components_.contains(name)) {
      components_[name] = nullptr;  // ends the recursion of a struct that holds itself
      components_[name] = object_of<T>();
    }
    return {{"$ref", "#/components/schemas/" + name}};
  }
  template <Described T>
  json::value object_of() {
    json::object properties;
    boost::mp11::mp_for_each<internal::MembersOf<T>>([&](auto member) {
      using Field = std::remove_cvref_t<decltype(std::declval<T>().*member.pointer)>;
      properties[member.name] = of<Field>();
    });
    // What we send always has all its fields; what is sent to us must have the required ones.
    json::array required;
    if constexpr (HasRequired<T>)
      for (const std::string_view name : T::kRequired) required.emplace_back(name);
    else
      for (const auto name : internal::names_of<T>()) required.emplace_back(name);
    return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
  }
  // "selfheal::contract::Page<selfheal::contract::Incident>" is IncidentPage.
  static std::string name_of(std::string type);

  json::object components_;
};

}  // namespace selfheal::contract
