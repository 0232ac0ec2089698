#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace selfheal::http {

struct SseEvent {
  std::string id;  // the last id seen, which an event without one keeps
  std::string event = "message";
  std::string data;
};

// Reads server-sent events from bytes cut anywhere (WHATWG HTML, section 9.2.6). Answers alike however it is
// cut.
class SseDecoder {
 public:
  // One event may hold at most `limit` bytes.
  explicit SseDecoder(std::size_t limit);

  // Calls `on_event` for each event that these bytes complete; it returns false to stop, and the rest of the
  // bytes is dropped. Fails when an event exceeds the limit, and ever after.
  Status feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& on_event);
  // For Last-Event-ID when connecting again.
  const std::string& last_id() const { return last_id_; }

 private:
  bool take_line(const std::function<bool(const SseEvent&)>& on_event);
  bool dispatch(const std::function<bool(const SseEvent&)>& on_event);

  std::size_t limit_;
  std::string line_;
  std::string last_id_;
  std::string event_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;  // the LF of a CR LF belongs to the line that the CR ended
  bool first_line_ = true;
  bool failed_ = false;
};

}  // namespace selfheal::http
