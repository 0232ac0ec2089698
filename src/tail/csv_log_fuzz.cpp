// Any bytes: each line is taken, the records keep their limits, and nothing stays pending behind the end.
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "tail/csv_log.h"
#include "tail/internal/line_splitter.h"
#include "tail/internal/text.h"

namespace selfheal::tail {
namespace {

void check(const Decoded& decoded) {
  for (const auto& record : decoded) {
    if (!record) {
      CHECK(record.error().message.size() < 200);
      continue;
    }
    const auto& event = record->event;
    for (const auto* text :
         {&event.message, &event.detail, &event.hint, &event.context, &event.statement, &event.internal_query,
          &event.database, &event.user, &event.application, &event.level, &event.sqlstate,
          &event.key.session_id, &event.routine, &event.backend_type, &event.client_host}) {
      CHECK(text->size() <= kFieldBytes);
      CHECK(storable(*text) == *text);
    }
    CHECK(event.key.line_number > 0);
  }
}

}  // namespace
}  // namespace selfheal::tail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal;
  using namespace selfheal::tail;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  LineSplitter splitter;
  CsvLogDecoder decoder{ServerId("fuzz")};
  splitter.feed(bytes);
  while (const auto line = splitter.next())
    check(decoder.take({.text = line->text, .cut = line->cut}, Time{}));
  if (const auto rest = splitter.rest()) check(decoder.take({.text = rest->text, .cut = true}, Time{}));
  check(decoder.finish(Time{}));
  CHECK(!decoder.is_pending());
  return 0;
}
