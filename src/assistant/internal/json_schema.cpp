#include "assistant/internal/json_schema.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/stream_parser.hpp>
#include <string>

namespace selfheal::assistant::internal {
namespace {

namespace json = boost::json;

// Places an object may begin that are tried; a text full of braces would cost its length squared.
constexpr int kBeginnings = 32;

bool is_of_type(const json::value& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  return type == "number" && value.is_number();
}

std::unexpected<Error> wrong(const std::string& place, std::string_view what) {
  return failure(ErrorCode::invalid_input, std::string(what) + " at " + (place.empty() ? "/" : place));
}

bool fits_type(const json::value& value, const json::value& type) {
  if (type.is_string()) return is_of_type(value, type.get_string());
  if (!type.is_array()) return true;
  return std::ranges::any_of(type.get_array(), [&value](const json::value& one) {
    return one.is_string() && is_of_type(value, one.get_string());
  });
}

Status check(const json::value& value, const json::object& schema, const std::string& place);

Status check_object(const json::object& object, const json::object& schema, const std::string& place) {
  if (const auto* required = schema.if_contains("required"); required && required->is_array()) {
    for (const auto& key : required->get_array()) {
      if (!object.contains(key.as_string()))
        return wrong(place + "/" + std::string(key.as_string()), "lacks a required member");
    }
  }
  const auto* properties = schema.if_contains("properties");
  const auto* known = properties ? properties->if_object() : nullptr;
  const auto* more = schema.if_contains("additionalProperties");
  const bool closed = more && more->is_bool() && !more->get_bool();
  for (const auto& [key, member] : object) {
    const auto* described = known ? known->if_contains(key) : nullptr;
    if (!described && closed) return wrong(place, "holds a member that it must not");
    if (described && described->is_object())
      TRY_OK(check(member, described->get_object(), place + "/" + std::string(key)));
  }
  return {};
}

// A limit of the schema, which is our text.
std::optional<std::int64_t> limit(const json::object& schema, std::string_view name) {
  const auto* value = schema.if_contains(name);
  return value && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

bool is_within_limits(const json::value& value, const json::object& schema) {
  if (value.is_string()) {
    const auto longest = limit(schema, "maxLength");
    return !longest || value.get_string().size() <= static_cast<std::size_t>(*longest);
  }
  if (!value.is_number()) return true;
  const auto number = value.to_number<double>();
  const auto least = limit(schema, "minimum");
  const auto most = limit(schema, "maximum");
  return (!least || number >= static_cast<double>(*least)) && (!most || number <= static_cast<double>(*most));
}

// As deep as the value, which the JSON parser limits.
Status check(const json::value& value, const json::object& schema, const std::string& place) {
  if (const auto* type = schema.if_contains("type"); type && !fits_type(value, *type))
    return wrong(place, "is of another type");
  if (const auto* allowed = schema.if_contains("enum"); allowed && allowed->is_array()) {
    if (std::ranges::find(allowed->get_array(), value) == allowed->get_array().end())
      return wrong(place, "is none of the allowed values");
  }
  if (!is_within_limits(value, schema)) return wrong(place, "is too long or out of range");
  if (value.is_object()) return check_object(value.get_object(), schema, place);
  const auto* items = schema.if_contains("items");
  if (!value.is_array() || !items || !items->is_object()) return {};
  for (const auto& item : value.get_array()) TRY_OK(check(item, items->get_object(), place + "/-"));
  return {};
}

}  // namespace

json::value extract_json(std::string_view text) {
  auto at = text.find('{');
  for (int i = 0; i < kBeginnings && at != text.npos; ++i) {
    json::stream_parser parser;
    boost::system::error_code failed;
    const auto rest = text.substr(at);
    parser.write_some(rest.data(), rest.size(), failed);
    if (!failed && parser.done()) return parser.release();
    at = text.find('{', at + 1);
  }
  return nullptr;
}

Status validate(const json::value& value, const json::value& schema, std::string_view what) {
  if (!schema.is_object()) return {};
  const auto fits = check(value, schema.get_object(), "");
  if (fits) return {};
  return failure(ErrorCode::invalid_input, std::string(what) + " " + fits.error().message);
}

}  // namespace selfheal::assistant::internal
