// Any prefix, any lines: the decoder answers or refuses, all lines come out of it, and texts are storable.
// The first line of the input is the prefix.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "tail/internal/text.h"
#include "tail/prefix_guess.h"
#include "tail/stderr_log.h"

namespace selfheal::tail {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    lines.push_back(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

void check(const LogRecord& record) {
  const auto& event = record.event;
  CHECK(!event.level.empty());
  CHECK(event.key.line_number > 0);
  for (const auto* text :
       {&event.message, &event.detail, &event.hint, &event.context, &event.statement, &event.internal_query,
        &event.database, &event.user, &event.application, &event.sqlstate, &event.key.session_id,
        &event.client_host, &event.routine, &event.backend_type}) {
    CHECK(text->size() <= kFieldBytes);
    CHECK(storable(*text) == *text);
  }
}

std::size_t take_all(LogDecoder& decoder, const std::vector<std::string_view>& lines) {
  std::size_t records = 0;
  std::size_t heads = 0;
  const auto count = [&](const Decoded& decoded) {
    for (const auto& record : decoded) {
      if (!record) {
        CHECK(record.error().message.size() < 200);
        continue;
      }
      ++records;
      check(*record);
    }
  };
  std::uint64_t offset = 0;
  for (const auto line : lines) {
    const auto decoded = decoder.take({.text = line, .offset = offset}, Time{});
    count(decoded);
    heads += line.starts_with('\t') ? 0 : 1;
    offset += line.size() + 1;
  }
  count(decoder.finish(Time{}));
  CHECK(!decoder.is_pending());
  CHECK(records <= heads);
  return records;
}

}  // namespace
}  // namespace selfheal::tail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal::tail;
  auto lines = lines_of({reinterpret_cast<const char*>(data), size});
  if (lines.empty()) return 0;
  const std::string prefix(lines.front());
  lines.erase(lines.begin());
  const auto decoder = stderr_decoder(selfheal::ServerId("fuzz"), {.log_line_prefix = prefix});
  const auto records = take_all(*decoder, lines);
  CHECK(take_all(*decoder, lines) == records);
  const auto guess = guess_log_line_prefix(lines);
  CHECK(!guess || (guess->explained <= guess->lines && guess->sureness() <= 1));
  return 0;
}
