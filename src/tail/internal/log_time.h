#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "tail/log_decoder.h"

namespace selfheal::tail {

// Moments of csvlog and jsonlog, which name a session with each. log_timezone may print abbreviations, which
// are ambiguous ("IST"). A session's id holds its start as an epoch and session_start the same moment in
// log_timezone, so their difference is the offset, exact and the same at each reading. Remembers the offsets
// learnt; one thread at a time.
class LogTime {
 public:
  // Sets key.at and session_start of the record's event, whose key.session_id is set, and time_source.
  // `read_at` is taken only when the offset cannot be had. False when `timestamp` is no moment.
  bool place(std::string_view timestamp, std::string_view session_start, Time read_at, LogRecord& record);

 private:
  // A moment as the line writes it. Without a zone we know, `time` is the local time read as if it were UTC.
  struct Stamp {
    Time time{};
    std::string zone;  // the abbreviation; empty when `time` is right
  };
  static std::optional<Stamp> read(std::string_view text);
  std::optional<Duration> offset_of(const std::string& zone, const Stamp& start, std::string_view session_id);

  std::map<std::string, Duration> zones_;  // abbreviation -> how far its clocks are ahead of UTC
};

}  // namespace selfheal::tail
