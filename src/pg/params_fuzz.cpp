// The array reader takes any bytes, and what it reads it reads again from its own writing.
#include "pg/params.h"

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal::pg;
  const Param field = std::string(reinterpret_cast<const char*>(data), size);
  if (const auto elements = read_array(field)) {
    const auto again = read_array(to_array(*elements));
    CHECK(again.has_value());
    CHECK(*again == *elements);
  }
  static_cast<void>(read_int64(field));
  static_cast<void>(read_double(field));
  static_cast<void>(read_bool(field));
  static_cast<void>(read_time(field));
  static_cast<void>(read_int64_array(field));
  return 0;
}
