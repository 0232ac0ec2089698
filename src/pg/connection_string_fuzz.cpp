// Any bytes: what is accepted can be written and read again, and what is shown holds no password.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pg/connection_string.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal;
  const auto target = pg::parse_connection_string({reinterpret_cast<const char*>(data), size});
  if (!target) {
    if (target.error().code != ErrorCode::invalid_input || target.error().message.size() > 200) std::abort();
    return 0;
  }
  if (target->conninfo_without_password.empty()) return 0;
  const auto again = pg::parse_connection_string(target->conninfo_without_password);
  if (!again || !again->password.empty()) std::abort();
  if (again->conninfo_without_password != target->conninfo_without_password) std::abort();
  if (again->display != target->display) std::abort();
  return 0;
}
