#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "tail/log_decoder.h"

namespace selfheal::tail {

// What a line says of its time; empty where it says nothing.
struct Stamps {
  std::string_view moment;         // %t or %m, in log_timezone
  std::string_view epoch;          // %n
  std::string_view session_start;  // %s, in log_timezone
  std::string_view session_id;     // %c, which begins with the session's start as an epoch
};

struct PlacedTime {
  Time at{};
  LogRecord::TimeSource source = LogRecord::TimeSource::reading;
  Time session_start{};  // {} when the line does not tell
};

// Turns what a log prints into moments. log_timezone may print an abbreviation. Its offset is computed where
// a line has %s and %c; else it is the one that today's time zones give the abbreviation. Some have several
// (CST in Chicago, Shanghai, Havana): then the first that does not put the line into the future.
class LogClock {
 public:
  PlacedTime place(const Stamps& stamps, Time read_at);

 private:
  struct Local {
    Time time{};  // as if it were UTC
    std::string_view zone;
  };
  std::optional<Local> read(std::string_view moment);
  void learn(const Local& start, Time epoch);
  // How far the zone's clocks are ahead of UTC.
  std::optional<Duration> offset_of(const Local& local, Time read_at, LogRecord::TimeSource& source);

  std::string second_;  // the last one read, with its value: logs have many lines of one second
  Time second_value_{};
  std::string zone_;  // the last one that names its offset
  Duration zone_offset_{};
  std::map<std::string, Duration, std::less<>> learned_;
};

}  // namespace selfheal::tail
