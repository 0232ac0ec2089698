#include "tail/log_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "tail/internal/line_splitter.h"
#include "tail/internal/make_decoder.h"
#include "tail/internal/routine_filter.h"
#include "tail/prefix_guess.h"

namespace selfheal::tail {
namespace {

// Large enough that a system call costs nothing beside decoding.
constexpr std::size_t kChunkBytes = 256u << 10;
// The format shows in the first record, whose statement may be long.
constexpr std::size_t kBeginningBytes = 64u << 10;
// Fewer lines explained: the guess is wrong.
constexpr double kSureness = 0.5;
// Kept of the last routine line, whose time is wanted and stands in front.
constexpr std::size_t kKeptRoutineBytes = 4u << 10;

// One field of csvlog's timestamp: 2026-11-25 08:23:08.752 UTC
bool begins_with_time(std::string_view line) {
  constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd";
  if (line.size() < kShape.size()) return false;
  return std::ranges::equal(kShape, line.substr(0, kShape.size()), [](char shape, char c) {
    return shape == 'd' ? c >= '0' && c <= '9' : shape == c;
  });
}

bool is_csv(std::string_view line) {
  // PostgreSQL 9.0 has 22 columns before the first that may be empty at the end.
  constexpr std::ptrdiff_t kCommas = 15;
  return begins_with_time(line) && line.substr(0, line.find(' ', 20)).find(',') == line.npos &&
         std::ranges::count(line, ',') >= kCommas;
}

// The words in which PostgreSQL begins a message are its own in each language; the sign behind them is not.
bool is_stderr(std::string_view line) { return line.contains(":  "); }

Result<std::string> guessed_prefix(std::string_view beginning) {
  std::vector<std::string_view> lines;
  while (!beginning.empty() && lines.size() < kGuessLines) {
    lines.push_back(beginning.substr(0, beginning.find('\n')));
    beginning.remove_prefix(std::min(beginning.size(), lines.back().size() + 1));
  }
  auto guess = guess_log_line_prefix(lines);
  if (!guess)
    return failure(ErrorCode::invalid_input, "this is no log of PostgreSQL's: no line names a level");
  if (guess->sureness() < kSureness)
    return failure(ErrorCode::invalid_input,
                   "the log_line_prefix that wrote this cannot be told by the lines: say it with --prefix");
  return std::move(guess->prefix);
}

class Reading {
 public:
  Reading(CompressedFile& file, const LogReaderOptions& options, const LogReaderCallbacks& callbacks)
      : file_(file), options_(options), callbacks_(callbacks), chunk_(kChunkBytes) {}

  Result<FileReading> run() {
    TRY(const auto begun, begin());
    splitter_.feed({chunk_.data(), begun});
    take_lines();
    while (read_chunk()) take_lines();
    if (const auto rest = splitter_.rest()) take(*rest);
    finish_record();
    take_last_routine();
    if (filter_) seen_.routine = filter_->records();
    seen_.decoding = std::chrono::duration_cast<Duration>(decoding_);
    return std::move(seen_);
  }

 private:
  // Reads enough to see the format; how many bytes.
  Result<std::size_t> begin();
  // False at the end, or where the file is damaged.
  bool read_chunk();
  void take_lines();
  void take(LineSplitter::Line line);
  void decode(LogLine line);
  void finish_record();
  void take_last_routine();
  void hand_on(Decoded decoded);

  CompressedFile& file_;
  const LogReaderOptions& options_;
  const LogReaderCallbacks& callbacks_;
  std::vector<char> chunk_;
  LineSplitter splitter_;
  std::unique_ptr<LogDecoder> decoder_;
  std::unique_ptr<RoutineFilter> filter_;  // null: everything is decoded
  FileReading seen_;
  std::uint64_t offset_ = 0;
  std::string last_routine_;
  std::chrono::nanoseconds decoding_{};
};

Result<std::size_t> Reading::begin() {
  std::size_t begun = 0;
  while (begun < kBeginningBytes) {
    const auto count = file_.read({chunk_.data() + begun, chunk_.size() - begun});
    if (!count && begun == 0) return std::unexpected(count.error());
    if (!count) seen_.damage = count.error().message;
    if (!count || *count == 0) break;
    begun += *count;
  }
  const std::string_view beginning(chunk_.data(), begun);
  seen_.bytes = begun;
  seen_.compression = file_.compression();
  if (beginning.empty()) return failure(ErrorCode::invalid_input, "the file is empty");
  if (beginning.contains('\0'))
    return failure(ErrorCode::invalid_input, "this is no text: it holds NUL bytes");
  const auto format = options_.format ? options_.format : format_of(beginning);
  if (!format)
    return failure(ErrorCode::invalid_input,
                   "this is no log of PostgreSQL's: neither jsonlog, csvlog nor stderr");
  seen_.format = *format;
  seen_.line_prefix = options_.line_prefix;
  if (*format == LogFormat::stderr_ && seen_.line_prefix.empty()) {
    TRY(seen_.line_prefix, guessed_prefix(beginning));
  }
  decoder_ = make_decoder(*format, ServerId("file"), seen_.line_prefix);
  if (!options_.decode_routine) filter_ = routine_filter(*format);
  return begun;
}

bool Reading::read_chunk() {
  if (!seen_.damage.empty()) return false;
  const auto count = file_.read(chunk_);
  if (!count) {
    seen_.damage = count.error().message;
    return false;
  }
  seen_.bytes += *count;
  splitter_.feed({chunk_.data(), *count});
  if (callbacks_.progress) callbacks_.progress(seen_, file_.bytes_taken(), file_.file_bytes());
  return *count > 0;
}

void Reading::take_lines() {
  while (const auto line = splitter_.next()) take(*line);
}

void Reading::take(LineSplitter::Line found) {
  LogLine line{.text = found.text, .cut = found.cut, .offset = offset_};
  offset_ += line.text.size() + 1;
  ++seen_.lines;
  // Some tools that copy logs end lines as Windows does.
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  const bool inside = seen_.format == LogFormat::csvlog && decoder_->is_pending();
  if (!filter_ || inside || !filter_->takes(line)) return decode(line);
  if (!filter_->was_whole() || line.text.size() > kKeptRoutineBytes) return;
  const bool is_first = last_routine_.empty();
  last_routine_ = line.text;
  if (is_first) take_last_routine();
}

void Reading::decode(LogLine line) {
  const auto* clock = options_.stopwatch;
  const auto start = clock ? clock->steady_now() : Deadline::Moment{};
  auto decoded = decoder_->take(line, options_.now);
  if (clock) decoding_ += clock->steady_now() - start;
  hand_on(std::move(decoded));
}

void Reading::finish_record() {
  if (decoder_->is_pending()) hand_on(decoder_->finish(options_.now));
}

// Its record was counted; here only its time is wanted.
void Reading::take_last_routine() {
  if (last_routine_.empty() || !callbacks_.moment) return;
  const auto decoder = make_decoder(seen_.format, ServerId("file"), seen_.line_prefix);
  auto decoded = decoder->take({.text = last_routine_}, options_.now);
  for (auto& record : decoder->finish(options_.now)) decoded.push_back(std::move(record));
  for (const auto& record : decoded)
    if (record && record->time_source != LogRecord::TimeSource::reading)
      callbacks_.moment(record->event.key.at);
}

void Reading::hand_on(Decoded decoded) {
  for (const auto& record : decoded) {
    if (!record) {
      if (seen_.malformed++ == 0) seen_.malformed_why = record.error().message;
      continue;
    }
    ++seen_.records;
    if (record->cut) ++seen_.cut;
    callbacks_.record(*record);
  }
}

}  // namespace

Result<FileReading> read_log(CompressedFile& file, const LogReaderOptions& options,
                             const LogReaderCallbacks& callbacks) {
  TRY(auto seen, Reading(file, options, callbacks).run());
  return seen;
}

std::optional<LogFormat> format_of(std::string_view beginning) {
  bool has_stderr = false;
  while (!beginning.empty()) {
    const auto line = beginning.substr(0, beginning.find('\n'));
    beginning.remove_prefix(std::min(beginning.size(), line.size() + 1));
    if (line.starts_with(R"({"timestamp":")")) return LogFormat::jsonlog;
    if (is_csv(line)) return LogFormat::csvlog;
    has_stderr = has_stderr || is_stderr(line);
  }
  return has_stderr ? std::optional(LogFormat::stderr_) : std::nullopt;
}

}  // namespace selfheal::tail
