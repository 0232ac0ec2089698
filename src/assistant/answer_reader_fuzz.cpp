// A stream's bytes through the event decoder and the answer, at once and in slices: the same answer comes
// out.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "assistant/internal/answer_reader.h"
#include "assistant/internal/json_schema.h"
#include "http/sse_decoder.h"

namespace {

using namespace selfheal;
using assistant::internal::AnswerMaker;

std::string outcome(std::string_view bytes, std::size_t step) {
  http::SseDecoder decoder(2048);
  AnswerMaker maker(512);
  std::string seen;
  bool more = true;
  const auto take = [&](const http::SseEvent& event) {
    const auto taken = maker.take_event(event.data);
    if (!taken) seen += taken.error().message;
    seen += maker.take_new_text();
    return more = taken && *taken;
  };
  while (!bytes.empty() && more) {
    if (!decoder.feed(bytes.substr(0, step), take)) return seen + "|too long";
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
  if (maker.refusal()) return seen + "|" + maker.refusal()->code;
  const auto answer = std::move(maker).finish();
  if (!answer) return seen + "|" + answer.error().message;
  for (const auto& call : answer->calls) {
    seen += "|" + call.id() + "|" + call.name() + "|" + call.raw_arguments();
    if (!call.arguments()) seen += "|invalid";
  }
  return seen + "|" + answer->text.text() + "|" + answer->reasoning.text() + "|" + answer->refusal.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = outcome(bytes, std::max<std::size_t>(size, 1));
  for (const std::size_t step : {1uz, 2uz, 7uz}) {
    if (outcome(bytes, step) != whole) std::abort();
  }
  AnswerMaker maker(512);
  static_cast<void>(maker.take_body(bytes));
  static_cast<void>(assistant::internal::embeddings_of(bytes, 2));
  static_cast<void>(assistant::internal::refusal_of(bytes));
  static_cast<void>(assistant::internal::extract_json(bytes));
  return 0;
}
