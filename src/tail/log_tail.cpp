#include "tail/log_tail.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"
#include "pg/log_notice.h"
#include "pg/message_template.h"
#include "tail/file_follower.h"
#include "tail/internal/batch_builder.h"
#include "tail/internal/directory_watch.h"
#include "tail/internal/make_decoder.h"

namespace selfheal::tail {
namespace {

struct Counts {
  std::atomic<std::int64_t> lines = 0;
  std::atomic<std::int64_t> malformed_lines = 0;
  std::atomic<std::int64_t> cut_lines = 0;
  std::atomic<std::int64_t> other_lines = 0;
  std::atomic<std::int64_t> own_lines = 0;
  std::atomic<std::int64_t> events = 0;
  std::atomic<std::int64_t> batches = 0;
  std::atomic<std::int64_t> refusals = 0;
  std::atomic<std::int64_t> possible_gaps = 0;
  std::atomic<std::uint64_t> bytes_behind = 0;
  std::atomic<Time> stored_file_time{Time{}};
  std::atomic<bool> is_placed = false;
};

// Written by the tail's thread when it changes, read by others.
struct Trouble {
  mutable std::mutex mutex;
  std::string text;

  void set(std::string now) {
    const std::scoped_lock lock(mutex);
    text = std::move(now);
  }
  std::string get() const {
    const std::scoped_lock lock(mutex);
    return text;
  }
};

struct LevelRow {
  std::string_view level;
  bool is_event;
};
constexpr LevelRow kLevels[] = {
    {"DEBUG", false},  {"DEBUG1", false}, {"DEBUG2", false},    {"DEBUG3", false},  {"DEBUG4", false},
    {"DEBUG5", false}, {"ERROR", true},   {"FATAL", true},      {"INFO", false},    {"LOG", false},
    {"NOTICE", false}, {"PANIC", true},   {"STATEMENT", false}, {"WARNING", false},
};

// What lives from one run() to its end.
struct Stretch {
  FileFollower follower;
  DirectoryWatch watch;
  BatchBuilder builder;
  std::unique_ptr<LogDecoder> decoder;
  std::string file = {};           // what the file of the last lines is known by
  std::uint64_t pending_from = 0;  // where the record begins that the decoder holds
  Deadline::Moment line_at{};      // when the last line came
  Checkpoint stored;               // the last one the intake accepted
  Deadline::Moment stored_at{};
  Deadline::Moment looked_at{};
  std::int64_t gaps_counted = 0;
};

}  // namespace

bool is_event(const ErrorEvent& event) {
  for (const auto& row : kLevels)
    if (row.level == event.level) return row.is_event;
  // Classes 00, 01 and 02 are success, warning and no data (PostgreSQL manual, appendix A).
  const auto klass = std::string_view(event.sqlstate).substr(0, 2);
  return !klass.empty() && klass != "00" && klass != "01" && klass != "02";
}

bool take_as_notice(ErrorEvent& event) {
  if (event.level != "LOG" && event.level != "WARNING") return false;
  const auto* notice = pg::log_notice_of(event.message);
  if (notice == nullptr || pg::raised_by(event.context, event.routine)) return false;
  event.trouble = notice->name;
  if (const auto matched = pg::match_message(event.message)) event.objects = matched->names();
  return true;
}

struct LogTail::State {
  LogTailOptions options;
  Intake& intake;
  Clock& clock;
  Counts counts;
  Trouble trouble;
  std::string malformed_said_of;  // the file whose first malformed line was reported
  bool zone_said = false;

  State(LogTailOptions given, Intake& given_intake, Clock& given_clock)
      : options(std::move(given)), intake(given_intake), clock(given_clock) {}

  Task<std::optional<Checkpoint>> stored_checkpoint();
  void look(Stretch& stretch);
  bool fill(Stretch& stretch);
  void consume(Stretch& stretch, const Reading& reading, Time read_at);
  void consume(Stretch& stretch, LogLine line, Time read_at);
  void finish(Stretch& stretch, Time read_at);
  void take(Stretch& stretch, Decoded decoded);
  void take_record(Stretch& stretch, LogRecord record);
  void take_malformed(Stretch& stretch, const Error& error);
  void take_event(Stretch& stretch, LogRecord record);
  bool is_own(const ErrorEvent& event) const;
  static Checkpoint position(const Stretch& stretch);
  bool is_due(const Stretch& stretch) const;
  StatusTask hand_over(Stretch& stretch);
  asio::awaitable<bool> wait_after_refusal(std::string_view what, const Error& error, Duration& wait);
  asio::awaitable<void> wait_for_more(Stretch& stretch, bool more);
};

LogTail::LogTail(LogTailOptions options, Intake& intake, Clock& clock)
    : state_(std::make_unique<State>(std::move(options), intake, clock)) {
  CHECK(state_->options.name != nullptr);
}
LogTail::~LogTail() = default;

StatusTask LogTail::run() {
  auto& s = *state_;
  CO_TRY(auto checkpoint, co_await s.stored_checkpoint());
  s.counts.is_placed = checkpoint.has_value();
  Stretch stretch{
      .follower{{.log_directory = s.options.log_directory,
                 .format = s.options.format,
                 .log_filename = s.options.log_filename,
                 .checkpoint = checkpoint,
                 .started_at = s.clock.now()}},
      .watch{s.options.log_directory, s.clock},
      .builder = BatchBuilder(s.options.server),
      .decoder = make_decoder(s.options.format, s.options.server, s.options.log_line_prefix),
      .stored = checkpoint.value_or(Checkpoint{}),
  };
  s.look(stretch);
  for (;;) {
    const bool more = s.fill(stretch);
    if (s.is_due(stretch)) CO_TRY_OK(co_await s.hand_over(stretch));
    co_await s.wait_for_more(stretch, more);
  }
}

TailCounters LogTail::counters() const {
  const auto& c = state_->counts;
  return {.lines = c.lines,
          .malformed_lines = c.malformed_lines,
          .cut_lines = c.cut_lines,
          .other_lines = c.other_lines,
          .own_lines = c.own_lines,
          .events = c.events,
          .batches = c.batches,
          .refusals = c.refusals,
          .possible_gaps = c.possible_gaps,
          .bytes_behind = c.bytes_behind,
          .stored_file_time = c.stored_file_time,
          .is_placed = c.is_placed};
}

std::string LogTail::trouble() const { return state_->trouble.get(); }

Task<std::optional<Checkpoint>> LogTail::State::stored_checkpoint() {
  for (auto wait = kFirstRetry;;) {
    const auto deadline = clock.deadline_in(kAcceptTimeout);
    auto checkpoint = co_await intake.checkpoint(options.server, deadline);
    if (checkpoint) co_return checkpoint;
    const bool goes_on = co_await wait_after_refusal("reading the checkpoint", checkpoint.error(), wait);
    if (!goes_on) co_return failure(ErrorCode::cancelled, "log tail: stopped");
  }
}

void LogTail::State::look(Stretch& stretch) {
  stretch.follower.look();
  stretch.looked_at = clock.steady_now();
}

// Reads until the batch is full or there is nothing more; true when there is more.
bool LogTail::State::fill(Stretch& stretch) {
  auto& follower = stretch.follower;
  const auto read_at = clock.now();
  bool more = true;
  for (std::size_t bytes = 0; more && bytes < kBatchBytes && stretch.builder.events() < kBatchEvents;) {
    const auto reading = follower.poll(kBatchEvents - stretch.builder.events());
    for (const auto& line : reading.lines) bytes += line.text.size() + 1;
    consume(stretch, reading, read_at);
    more = reading.more;
  }
  if (!more && options.format == LogFormat::stderr_ && clock.steady_now() - stretch.line_at >= kQuietEnd)
    finish(stretch, read_at);
  counts.bytes_behind = follower.bytes_behind();
  trouble.set(follower.trouble());
  counts.possible_gaps +=
      follower.possible_gaps() - std::exchange(stretch.gaps_counted, follower.possible_gaps());
  for (const auto& notice : follower.take_notices()) log::warning("{}: {}", options.server.value(), notice);
  return more;
}

void LogTail::State::consume(Stretch& stretch, const Reading& reading, Time read_at) {
  if (reading.begins_anew) finish(stretch, read_at);
  if (!reading.lines.empty()) {
    stretch.file = reading.file;
    stretch.line_at = clock.steady_now();
  }
  for (const auto& line : reading.lines) consume(stretch, line, read_at);
  if (reading.ends_file) finish(stretch, read_at);
}

void LogTail::State::consume(Stretch& stretch, LogLine line, Time read_at) {
  auto& decoder = *stretch.decoder;
  const bool was_pending = decoder.is_pending();
  // An empty line is part of a text that goes on, or nothing.
  if (line.text.empty() && !was_pending) return;
  ++counts.lines;
  counts.cut_lines += line.cut ? 1 : 0;
  stretch.builder.count_line();
  auto decoded = decoder.take(line, read_at);
  // A decoder that gives a record holds nothing older than the line that made it do so.
  const bool is_newer = std::ranges::any_of(decoded, &Result<LogRecord>::has_value);
  if (!was_pending || is_newer) stretch.pending_from = line.offset;
  take(stretch, std::move(decoded));
}

void LogTail::State::finish(Stretch& stretch, Time read_at) {
  if (stretch.decoder->is_pending()) take(stretch, stretch.decoder->finish(read_at));
}

void LogTail::State::take(Stretch& stretch, Decoded decoded) {
  for (auto& record : decoded)
    if (record)
      take_record(stretch, std::move(*record));
    else
      take_malformed(stretch, record.error());
}

void LogTail::State::take_record(Stretch& stretch, LogRecord record) {
  if (record.time_source != LogRecord::TimeSource::zone && !std::exchange(zone_said, true))
    log::info(
        "{}: the log's times have no UTC offset, they are computed from the session ids; log_timezone = "
        "'UTC' "
        "makes them exact across changes of the clocks",
        options.server.value());
  auto& key = record.event.key;
  // Without a session the line number is a place in the file.
  if (key.session_id.empty()) key.session_id = stretch.file;
  take_event(stretch, std::move(record));
}

void LogTail::State::take_malformed(Stretch& stretch, const Error& error) {
  ++counts.malformed_lines;
  stretch.builder.count_malformed_line();
  const auto& file = stretch.follower.current_name();
  if (std::exchange(malformed_said_of, file) != file)
    log::warning("{}: log file {}: {}; later ones of this file are only counted", options.server.value(),
                 file, error.message);
}

void LogTail::State::take_event(Stretch& stretch, LogRecord record) {
  if (!is_event(record.event) && !take_as_notice(record.event)) {
    ++counts.other_lines;
  } else if (is_own(record.event)) {
    ++counts.own_lines;
  } else {
    ++counts.events;
    stretch.builder.add(options.name(std::move(record.event)));
  }
}

bool LogTail::State::is_own(const ErrorEvent& event) const {
  const auto& prefix = options.own_application_prefix;
  return std::ranges::find(options.own_users, event.user) != options.own_users.end() ||
         (!prefix.empty() && event.application.starts_with(prefix));
}

// In front of a record that is not complete.
Checkpoint LogTail::State::position(const Stretch& stretch) {
  const auto& follower = stretch.follower;
  return stretch.decoder->is_pending() ? follower.position_at(stretch.pending_from) : follower.position();
}

bool LogTail::State::is_due(const Stretch& stretch) const {
  if (stretch.builder.events() > 0) return true;
  return position(stretch) != stretch.stored && clock.steady_now() - stretch.stored_at >= kCheckpointPeriod;
}

StatusTask LogTail::State::hand_over(Stretch& stretch) {
  const auto batch = stretch.builder.take(position(stretch));
  for (auto wait = kFirstRetry;;) {
    const auto deadline = clock.deadline_in(kAcceptTimeout);
    auto offered = batch;
    const auto accepted = co_await intake.accept(std::move(offered), deadline);
    if (accepted) break;
    ++counts.refusals;
    const bool goes_on = co_await wait_after_refusal("storing a batch", accepted.error(), wait);
    if (!goes_on) co_return failure(ErrorCode::cancelled, "log tail: stopped");
  }
  ++counts.batches;
  counts.is_placed = true;
  stretch.stored = batch.checkpoint;
  counts.stored_file_time = batch.checkpoint.file_time;
  stretch.stored_at = clock.steady_now();
  co_return Status();
}

// Says the first refusal of a row, and doubles the wait. False when the tail was stopped.
asio::awaitable<bool> LogTail::State::wait_after_refusal(std::string_view what, const Error& error,
                                                         Duration& wait) {
  if (wait == kFirstRetry)
    log::warning("log tail of {}: {}: {}; trying again until it works", options.server.value(), what,
                 error.message);
  const auto pause = wait;
  wait = std::min(wait * 2, Duration(kLongestRetry));
  const bool slept = co_await clock.sleep(pause);
  co_return slept;
}

asio::awaitable<void> LogTail::State::wait_for_more(Stretch& stretch, bool more) {
  bool is_changed = false;
  if (more) {
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
  } else {
    const auto name = stretch.follower.current_name();
    const bool waits_for_end = options.format == LogFormat::stderr_ && stretch.decoder->is_pending();
    const Duration at_most = waits_for_end ? kQuietEnd : kLookPeriod;
    is_changed = co_await stretch.watch.wait(name, at_most);
  }
  if (is_changed || clock.steady_now() - stretch.looked_at >= kLookPeriod) look(stretch);
}

}  // namespace selfheal::tail
