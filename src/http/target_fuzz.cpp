// What parse_target accepts holds what it promises.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/internal/text.h"
#include "http/message.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal::http;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto target = parse_target(text);
  if (!target) return 0;
  if (text == "*") return 0;
  const auto& path = target->path;
  require(path.starts_with('/') && is_utf8(path) && !path.contains("//") && !path.contains('\\'));
  const auto framed = path + "/";
  require(!framed.contains("/../") && !framed.contains("/./"));
  for (const unsigned char c : path) require(c >= 0x20 && c != 0x7F);
  for (const auto& [name, value] : target->query) {
    require(is_utf8(name) && is_utf8(value) && !name.contains('\0') && !value.contains('\0'));
  }
  return 0;
}
