#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "base/words.h"
#include "model/error_event.h"

// Lines of a PostgreSQL log, made into records. One decoder for each of PostgreSQL's three formats.
namespace selfheal::tail {

// PostgreSQL's words in log_destination.
enum class LogFormat { jsonlog, csvlog, stderr_ };

constexpr std::string_view word_of(LogFormat format) {
  switch (format) {
    case LogFormat::jsonlog:
      return "jsonlog";
    case LogFormat::csvlog:
      return "csvlog";
    case LogFormat::stderr_:
      break;
  }
  return "stderr";
}

// One line as its splitter found it.
struct LogLine {
  std::string_view text;  // without the line feed
  bool cut = false;       // only the first kLogLineBytes are here
  // Where the line begins in its file: the number of a record whose format numbers none.
  std::uint64_t offset = 0;
};

// One message of the log with all that belongs to it (DETAIL, HINT, CONTEXT, STATEMENT).
struct LogRecord {
  // `objects` stays empty: no format has table, column or constraint fields; naming reads the message.
  // `level` is PostgreSQL's English word in every language.
  // All texts are valid UTF-8 without NUL and at most kFieldBytes long, cut between characters.
  ErrorEvent event;
  // Something was longer than its limit; what followed is missing.
  bool cut = false;
  // Where event.key.at comes from.
  enum class TimeSource {
    zone,     // the line names UTC or an offset
    session,  // the line names an abbreviation (CET); the offset was computed from the session's epoch
    reading,  // neither was possible: the time given to decode()
  } time_source = TimeSource::zone;
};

// What came out of one line: nothing yet, a record, or an error that names what does not fit and never the
// content.
using Decoded = std::vector<Result<LogRecord>>;

// Holds buffers and the lines of a record that is not complete yet; one thread at a time.
class LogDecoder {
 public:
  virtual ~LogDecoder() = default;
  // Takes the next line. A line may end the record before it (stderr: the first line of the next message) or
  // its own (jsonlog, csvlog), so none, one or two records come out. `read_at` is taken for a time only when
  // the log's own cannot be had.
  virtual Decoded take(LogLine line, Time read_at) = 0;
  // Nothing more is coming for now, or another file begins: what is pending is complete, or damaged.
  virtual Decoded finish(Time read_at) = 0;
  // Lines taken that no record has come out of. A checkpoint belongs in front of them.
  virtual bool is_pending() const = 0;
};

}  // namespace selfheal::tail
