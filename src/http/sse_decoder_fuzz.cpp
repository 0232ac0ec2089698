// Bytes through the event decoder, at once and in slices: the same events come out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "http/sse_decoder.h"

namespace {

using namespace selfheal::http;

std::vector<std::string> outcome(std::string_view bytes, std::size_t step) {
  SseDecoder decoder(64);
  std::vector<std::string> seen;
  while (!bytes.empty()) {
    const auto status = decoder.feed(bytes.substr(0, step), [&seen](const SseEvent& event) {
      seen.insert(seen.end(), {event.id, event.event, event.data});
      return true;
    });
    if (!status) {
      seen.push_back(status.error().message);
      break;
    }
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
  seen.push_back(decoder.last_id());
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = outcome(bytes, std::max<std::size_t>(size, 1));
  for (const std::size_t step : {1uz, 2uz, 7uz}) {
    if (outcome(bytes, step) != whole) std::abort();
  }
  return 0;
}
