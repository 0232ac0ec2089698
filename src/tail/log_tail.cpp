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
#include "tail/file_follower.h"
#include "tail/internal/batch_builder.h"
#include "tail/internal/directory_watch.h"
#include "tail/json_log.h"

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
  JsonLogDecoder decoder;
  Checkpoint stored;  // the last one the intake accepted
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
  void consume(Stretch& stretch, LogLine line, Time read_at);
  std::optional<LogRecord> decode(Stretch& stretch, LogLine line, Time read_at);
  void take_event(Stretch& stretch, LogRecord record);
  bool is_own(const ErrorEvent& event) const;
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
      .follower{
          {.log_directory = s.options.log_directory, .checkpoint = checkpoint, .started_at = s.clock.now()}},
      .watch{s.options.log_directory, s.clock},
      .builder = BatchBuilder(s.options.server),
      .decoder = JsonLogDecoder(s.options.server),
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
    for (const auto& line : reading.lines) {
      bytes += line.text.size() + 1;
      consume(stretch, line, read_at);
    }
    more = reading.more;
  }
  counts.bytes_behind = follower.bytes_behind();
  trouble.set(follower.trouble());
  counts.possible_gaps +=
      follower.possible_gaps() - std::exchange(stretch.gaps_counted, follower.possible_gaps());
  for (const auto& notice : follower.take_notices()) log::warning("{}: {}", options.server.value(), notice);
  return more;
}

void LogTail::State::consume(Stretch& stretch, LogLine line, Time read_at) {
  if (line.text.empty()) return;
  ++counts.lines;
  counts.cut_lines += line.cut ? 1 : 0;
  stretch.builder.count_line();
  auto record = decode(stretch, line, read_at);
  if (!record) return;
  if (record->time_source != LogRecord::TimeSource::zone && !std::exchange(zone_said, true))
    log::info(
        "{}: the log's times have no UTC offset, they are computed from the session ids; log_timezone = "
        "'UTC' "
        "makes them exact across changes of the clocks",
        options.server.value());
  take_event(stretch, std::move(*record));
}

std::optional<LogRecord> LogTail::State::decode(Stretch& stretch, LogLine line, Time read_at) {
  auto record = stretch.decoder.decode(line, read_at);
  if (record) return std::move(*record);
  ++counts.malformed_lines;
  stretch.builder.count_malformed_line();
  const auto& file = stretch.follower.current_name();
  if (std::exchange(malformed_said_of, file) != file)
    log::warning("{}: log file {}: {}; later ones of this file are only counted", options.server.value(),
                 file, record.error().message);
  const auto start = last_record_start(line.text);
  if (start == std::string_view::npos) return std::nullopt;
  auto salvaged = stretch.decoder.decode({line.text.substr(start), line.cut}, read_at);
  if (!salvaged) return std::nullopt;
  return std::move(*salvaged);
}

void LogTail::State::take_event(Stretch& stretch, LogRecord record) {
  if (!is_event(record.event)) {
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

bool LogTail::State::is_due(const Stretch& stretch) const {
  if (stretch.builder.events() > 0) return true;
  return stretch.follower.position() != stretch.stored &&
         clock.steady_now() - stretch.stored_at >= kCheckpointPeriod;
}

StatusTask LogTail::State::hand_over(Stretch& stretch) {
  const auto batch = stretch.builder.take(stretch.follower.position());
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
    is_changed = co_await stretch.watch.wait(name, kLookPeriod);
  }
  if (is_changed || clock.steady_now() - stretch.looked_at >= kLookPeriod) look(stretch);
}

}  // namespace selfheal::tail
