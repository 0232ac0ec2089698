// Any bytes: what is read is written as the same bytes again, and an index takes it or refuses it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "memory/internal/index_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal::memory;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)from_bytes(bytes, {.embedder = "tiny", .dimension = 2, .state = 17});
  auto content = internal::read_content(bytes);
  if (!content) return 0;
  if (internal::write_content(*content) != bytes) std::abort();
  CaseIndex index(content->stamp.embedder, content->stamp.dimension);
  (void)index.put(std::move(content->cases));
  (void)to_bytes(index, content->stamp.state);
  return 0;
}
