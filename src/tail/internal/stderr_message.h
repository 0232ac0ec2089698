#pragma once

#include <cstdint>
#include <string>

#include "tail/internal/line_prefix.h"
#include "tail/internal/log_clock.h"
#include "tail/log_decoder.h"

namespace selfheal::tail {

// A message of the plain-text log while its lines come in.
class StderrMessage {
 public:
  StderrMessage(const LinePrefix::Match& head, LogLine line);

  // Whose message it is: the session, else the pid, else empty. A view into the line.
  static std::string_view process_of(const LinePrefix::Match& head);
  const std::string& process() const { return process_; }

  // Whether the part may follow what is there: the server writes them in one order, each once.
  bool takes(LogPart part) const { return !is_complete_ && part > last_part_; }
  void begin_part(LogPart part, std::string_view text, bool cut);
  // A line feed and what follows it in the part that was begun last.
  void go_on(std::string_view text, bool cut);
  // The same process began another message.
  void complete() { is_complete_ = true; }
  // Nothing but further lines of its last part may follow.
  bool is_complete() const { return is_complete_ || last_part_ == LogPart::statement; }

  // The record. `verbose`: log_error_verbosity = verbose was seen in this log.
  LogRecord take(LogClock& clock, Time read_at, bool verbose);
  // LOCATION was seen, which stands in verbose messages alone, and in each of them.
  bool has_location() const { return has_location_; }

 private:
  std::string& text_of(LogPart part);
  void append(std::string& field, std::string_view text);
  void read_code(bool verbose);
  void read_location();
  void place_in_time(LogClock& clock, Time read_at);

  LogRecord record_;
  std::string process_;
  std::string moment_;
  std::string epoch_;
  std::string session_start_;
  std::string location_;
  std::string backtrace_;  // read, so that it is no part of another text
  std::uint64_t offset_ = 0;
  std::size_t lines_ = 1;
  LogPart last_part_ = LogPart::message;
  bool is_complete_ = false;
  bool has_location_ = false;
};

}  // namespace selfheal::tail
