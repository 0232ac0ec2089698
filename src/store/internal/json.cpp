#include "store/internal/json.h"

namespace selfheal::store {

bool read_json(const json::value& value, std::string& out) {
  if (!value.is_string()) return false;
  out = std::string_view(value.get_string());
  return true;
}

bool read_json(const json::value& value, bool& out) {
  if (!value.is_bool()) return false;
  out = value.get_bool();
  return true;
}

bool read_json(const json::value& value, int& out) {
  boost::system::error_code error;
  out = value.to_number<int>(error);
  return !error;
}

bool read_json(const json::value& value, std::int64_t& out) {
  if (value.is_int64()) out = value.get_int64();
  return value.is_int64();
}
bool read_json(const json::value& value, double& out) {
  boost::system::error_code error;
  out = value.to_number<double>(error);
  return !error;
}

bool read_json(const json::value& value, Time& out) {
  const auto time = value.is_string() ? parse_time(std::string_view(value.get_string())) : failure("");
  if (time) out = *time;
  return time.has_value();
}

}  // namespace selfheal::store
