#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "tail/log_decoder.h"

// PostgreSQL's jsonlog (15 and later): one JSON object a line, whose keys the manual lists in "Using
// JSON-Format Log Output" (section 20.8.5).
namespace selfheal::tail {

// Decodes lines. Holds buffers that are reused, and the time zones learnt from earlier lines; one thread at a
// time.
class JsonLogDecoder {
 public:
  explicit JsonLogDecoder(ServerId server);
  ~JsonLogDecoder();
  JsonLogDecoder(JsonLogDecoder&&) noexcept;
  JsonLogDecoder& operator=(JsonLogDecoder&&) noexcept;

  // Fails with invalid_input, naming what does not fit and at which byte, never the content, when the line is
  // no JSON object, lacks timestamp, session_id, line_num or error_severity, or has a value of the wrong type
  // under a key we know. Keys we do not know are ignored. Of a cut line everything before the cut is read.
  //
  // log_timezone may print abbreviations, which are ambiguous ("IST"). session_id holds the session's start
  // as an epoch and session_start the same moment in log_timezone, so their difference is the offset, exact
  // and the same at each reading. `read_at` is taken only when even that is impossible.
  Result<LogRecord> decode(LogLine line, Time read_at);

 private:
  struct State;
  std::unique_ptr<State> state_;  // keeps simdjson out of this header
};

// Where the last record of a damaged line begins: a server that died while writing leaves half a record
// without a line feed, and the next server continues on the same line. Inside a record each quote is escaped,
// so
// `{"timestamp":"` stands only at the beginning of one. npos when there is none after byte 0.
std::size_t last_record_start(std::string_view line);

}  // namespace selfheal::tail
