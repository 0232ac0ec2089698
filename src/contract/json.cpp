#include "contract/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <cmath>
#include <limits>

namespace selfheal::contract {
namespace {

constexpr std::size_t kMostProblems = 20;

// A name that the caller made up is not repeated when it could be anything.
bool is_plain(std::string_view key) {
  return key.size() <= 40 && std::ranges::all_of(key, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                  c == '-';
         });
}

std::optional<std::int64_t> integer_in(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  return std::nullopt;
}

}  // namespace

namespace internal {

void Problems::add(std::string_view pointer, std::string detail) {
  if (list_.size() < kMostProblems) list_.push_back({std::string(pointer), std::move(detail)});
}

std::string joined(std::string_view pointer, std::string_view key) {
  std::string text = std::string(pointer) + "/";
  for (const char c : key) {
    if (c == '~')
      text += "~0";
    else if (c == '/')
      text += "~1";
    else
      text += c;
  }
  return text;
}

void check_names(const json::object& object, const std::vector<std::string_view>& known,
                 std::string_view pointer, Problems& problems) {
  for (const auto& [key, _] : object) {
    if (std::ranges::find(known, std::string_view(key)) != known.end()) continue;
    const auto place = is_plain(key) ? joined(pointer, key) : std::string(pointer);
    problems.add(place, fmt::format("is no field here; known are {}", fmt::join(known, ", ")));
  }
}

json::value write(bool value) { return value; }
json::value write(double value) { return value; }
json::value write(int value) { return value; }
json::value write(std::int64_t value) { return value; }
json::value write(const std::string& value) { return json::value(value); }
json::value write(Time value) { return json::value(to_rfc3339(value)); }
json::value write(const json::value& value) { return value; }

void read(const json::value& from, bool& to, std::string_view pointer, Reading, Problems& problems) {
  if (!from.is_bool()) return problems.add(pointer, "must be true or false");
  to = from.get_bool();
}

void read(const json::value& from, double& to, std::string_view pointer, Reading, Problems& problems) {
  // 1e400 is JSON, but reads as infinity, which is not.
  if (!from.is_number() || !std::isfinite(from.to_number<double>()))
    return problems.add(pointer, "must be a number");
  to = from.to_number<double>();
}

void read(const json::value& from, std::int64_t& to, std::string_view pointer, Reading, Problems& problems) {
  const auto number = integer_in(from);
  if (!number) return problems.add(pointer, "must be a whole number of 64 bits");
  to = *number;
}

void read(const json::value& from, int& to, std::string_view pointer, Reading, Problems& problems) {
  const auto number = integer_in(from);
  using Limits = std::numeric_limits<int>;
  if (!number || *number < Limits::min() || *number > Limits::max())
    return problems.add(pointer, "must be a whole number of 32 bits");
  to = static_cast<int>(*number);
}

void read(const json::value& from, std::string& to, std::string_view pointer, Reading, Problems& problems) {
  const auto* text = from.if_string();
  if (!text) return problems.add(pointer, "must be a text");
  // PostgreSQL cannot store it.
  if (std::string_view(*text).contains('\0')) return problems.add(pointer, "must not hold a NUL");
  to = std::string(*text);
}

void read(const json::value& from, Time& to, std::string_view pointer, Reading, Problems& problems) {
  const auto* text = from.if_string();
  const auto time = text ? parse_time(*text) : Result<Time>(failure("not a text"));
  if (!time) return problems.add(pointer, "must be a time such as 2026-11-25T03:40:29.120Z");
  to = *time;
}

void read(const json::value& from, json::value& to, std::string_view, Reading, Problems&) { to = from; }

}  // namespace internal

std::string to_text(const json::value& value) { return json::serialize(value); }

Result<json::value> parse_json(std::string_view text) {
  boost::system::error_code error;
  json::stream_parser parser;
  const auto used = parser.write_some(text.data(), text.size(), error);
  if (!error && used < text.size()) error = json::error::extra_data;
  if (!error) parser.finish(error);
  if (error)
    return failure(ErrorCode::invalid_input,
                   fmt::format("is not JSON: {} at byte {}", error.message(), used));
  return parser.release();
}

}  // namespace selfheal::contract
