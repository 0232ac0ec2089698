#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "tail/compressed_file.h"
#include "tail/log_decoder.h"

// A log that lies there, read once from its beginning to its end: no server, no store, no checkpoint.
namespace selfheal::tail {

struct LogReaderOptions {
  std::optional<LogFormat> format;  // seen by the content when absent
  std::string line_prefix;          // log_line_prefix of a stderr log; guessed when empty
  // Decode also what RoutineFilter knows without: for who needs the time of each record.
  bool decode_routine = false;
  // Taken for records whose time cannot be had.
  Time now{};
  // With a clock, each decoded record is timed, which costs some percent. It outlives the reader.
  const Clock* stopwatch = nullptr;
};

// What was read of one file.
struct FileReading {
  LogFormat format = LogFormat::jsonlog;
  Compression compression = Compression::none;
  std::string line_prefix;  // of a stderr log, as it was given or guessed
  std::uint64_t bytes = 0;  // after decompression
  std::int64_t lines = 0;
  std::int64_t records = 0;  // decoded
  std::int64_t routine = 0;  // counted without being decoded
  std::int64_t malformed = 0;
  std::int64_t cut = 0;       // records that were longer than a limit
  std::string malformed_why;  // of the first one; names what does not fit, never content
  std::string damage;         // why reading stopped before the end of the file; empty when it did not
  Duration decoding{};        // with a stopwatch: inside the decoder
};

struct LogReaderCallbacks {
  std::function<void(const LogRecord&)> record;
  // The moment of a routine record; only of the first and the last whole one of a file.
  std::function<void(Time)> moment;
  // Now and then, with what was read of this file so far. May be empty.
  std::function<void(const FileReading&, std::uint64_t bytes_taken, std::uint64_t file_bytes)> progress;
};

// Reads `file` to its end. Fails with invalid_input when its beginning is no log of PostgreSQL's: it holds
// NUL bytes, nothing that looks like a record, or nothing at all. A file that is damaged further on is read
// up to there.
Result<FileReading> read_log(CompressedFile& file, const LogReaderOptions& options,
                             const LogReaderCallbacks& callbacks);

// The format of a log by its first lines; nothing when it is none of PostgreSQL's.
std::optional<LogFormat> format_of(std::string_view beginning);

}  // namespace selfheal::tail
