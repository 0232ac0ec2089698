#include "http/sse_decoder.h"

#include <fmt/format.h>

#include <algorithm>

namespace selfheal::http {

SseDecoder::SseDecoder(std::size_t limit) : limit_(limit) {}

Status SseDecoder::feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& on_event) {
  while (!bytes.empty() && !failed_) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const auto end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    if (line_.size() + data_.size() + end > limit_) {
      failed_ = true;
      break;
    }
    line_ += bytes.substr(0, end);
    if (end == bytes.size()) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (!take_line(on_event)) break;
  }
  if (failed_)
    return failure(ErrorCode::invalid_input, fmt::format("event stream: an event exceeds {} bytes", limit_));
  return {};
}

bool SseDecoder::take_line(const std::function<bool(const SseEvent&)>& on_event) {
  std::string line = std::exchange(line_, {});
  if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  if (line.empty()) return dispatch(on_event);
  const auto colon = std::min(line.find(':'), line.size());
  const auto name = std::string_view(line).substr(0, colon);
  auto value = std::string_view(line).substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (name == "event") {
    event_ = value;
  } else if (name == "id" && !value.contains('\0')) {
    last_id_ = value;
  }
  return true;  // `retry`, comments (an empty name) and fields we do not know change nothing
}

bool SseDecoder::dispatch(const std::function<bool(const SseEvent&)>& on_event) {
  SseEvent event{.id = last_id_, .data = std::exchange(data_, {})};
  if (!event_.empty()) event.event = std::exchange(event_, {});
  if (!std::exchange(has_data_, false)) return true;
  return on_event(event);
}

}  // namespace selfheal::http
