// Bytes through the server's reader, at once and in slices: the same requests and the same refusal come out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "http/internal/request_reader.h"

namespace {

using namespace selfheal::http;

// Everything a handler or the client would see, save request ids, which are chance.
std::vector<std::string> outcome(std::string_view bytes, std::size_t step) {
  static const ReaderLimits limits{.head_bytes = 256, .body_bytes = [](const Request&) { return 64uz; }};
  std::vector<std::string> seen;
  std::string pending;
  RequestReader reader(limits);
  while (true) {
    pending.erase(0, reader.feed(pending));
    if (reader.state() == RequestReader::State::complete) {
      const auto& request = reader.request();
      seen.insert(seen.end(), {request.method, request.target, request.path, request.body});
      for (const auto& [name, value] : request.query) seen.insert(seen.end(), {name, value});
      for (const auto& [name, value] : request.headers) seen.insert(seen.end(), {name, value});
      seen.push_back(reader.keep_alive() ? "again" : "last");
      reader = RequestReader(limits);
      if (pending.empty() && bytes.empty()) return seen;
      if (!pending.empty()) continue;
    }
    if (reader.state() == RequestReader::State::failed) {
      seen.push_back(reader.problem().slug + reader.problem().detail);
      return seen;
    }
    if (bytes.empty()) return seen;
    pending += bytes.substr(0, step);
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = outcome(bytes, std::max<std::size_t>(size, 1));
  for (const std::size_t step : {1uz, 2uz, 13uz}) {
    if (outcome(bytes, step) != whole) std::abort();
  }
  return 0;
}
