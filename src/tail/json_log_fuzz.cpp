// Any bytes: the decoder answers or refuses, and the records are the same however the bytes are sliced. The
// first byte of the input chooses the slices.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "tail/internal/line_splitter.h"
#include "tail/internal/text.h"
#include "tail/json_log.h"

namespace selfheal::tail {
namespace {

std::vector<Result<LogRecord>> records_of(std::string_view bytes, std::size_t slice) {
  LineSplitter splitter;
  JsonLogDecoder decoder{ServerId("fuzz")};
  std::vector<Result<LogRecord>> records;
  for (std::size_t at = 0; at < bytes.size(); at += slice) {
    splitter.feed(bytes.substr(at, slice));
    while (const auto line = splitter.next())
      records.push_back(decoder.decode({line->text, line->cut}, Time{}));
  }
  if (const auto rest = splitter.rest()) records.push_back(decoder.decode({rest->text, true}, Time{}));
  return records;
}

void check_texts(const ErrorEvent& event) {
  for (const auto* text :
       {&event.message, &event.detail, &event.hint, &event.context, &event.statement, &event.internal_query,
        &event.database, &event.user, &event.application, &event.level, &event.sqlstate,
        &event.key.session_id, &event.routine, &event.backend_type}) {
    CHECK(text->size() <= kFieldBytes);
    CHECK(storable(*text) == *text);
  }
}

void check_alike(const Result<LogRecord>& one, const Result<LogRecord>& other) {
  CHECK(one.has_value() == other.has_value());
  if (!one) {
    CHECK(one.error().message == other.error().message);
    CHECK(one.error().message.size() < 200);
    return;
  }
  CHECK(one->event.key == other->event.key);
  CHECK(one->event.message == other->event.message);
  CHECK(one->event.statement == other->event.statement);
  CHECK(one->event.query_id == other->event.query_id);
  check_texts(one->event);
}

}  // namespace
}  // namespace selfheal::tail

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal::tail;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = records_of(bytes, bytes.size() + 1);
  const auto sliced = records_of(bytes, 1U + data[0] % 64U);
  CHECK(whole.size() == sliced.size());
  for (std::size_t i = 0; i < whole.size(); ++i) check_alike(whole[i], sliced[i]);
  const auto start = last_record_start(bytes);
  CHECK(start == std::string_view::npos || start < bytes.size());
  return 0;
}
