#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "model/error_event.h"
#include "model/sighting.h"
#include "tail/log_decoder.h"
#include "tail/ports.h"

// Errors read from the log of one watched server, handed to the store so that none is lost and none counts
// twice.
namespace selfheal::tail {

// How long the store may take for one batch; a healthy one takes milliseconds.
inline constexpr Duration kAcceptTimeout = 10s;
// Waiting between two offers of the same batch: short at first, because most refusals are a moment of a
// restart.
inline constexpr Duration kFirstRetry = 100ms;
inline constexpr Duration kLongestRetry = 2s;
// Looking at the directory when inotify says nothing: it is silent on network file systems.
inline constexpr Duration kLookPeriod = 250ms;
// A moved checkpoint without events is stored at most this often: it only saves reading again.
inline constexpr Duration kCheckpointPeriod = 1s;
// In a stderr log nothing ends a record but the next one. The log collector writes a record at once, and a
// write takes less than a millisecond, so what follows it after this long is another one.
inline constexpr Duration kQuietEnd = 200ms;
// Log read into one batch. Bounds the time between two checkpoints while a long backlog without errors is
// read.
inline constexpr std::size_t kBatchBytes = 8u << 20;

struct LogTailOptions {
  ServerId server;
  std::filesystem::path log_directory;
  LogFormat format = LogFormat::jsonlog;
  // PostgreSQL's log_filename, which tells this log's files from others beside them; empty: all of the
  // format.
  std::string log_filename = {};
  // PostgreSQL's log_line_prefix; read for a stderr log only.
  std::string log_line_prefix = {};
  // Roles Selfheal itself uses on the server; their lines never become events.
  std::vector<std::string> own_users;
  // Lines of applications whose name begins so never become events either. Empty: no such rule.
  std::string own_application_prefix = "selfheal";
  // Classifies and names an event; the answer's exemplar is that event with its key unchanged, its times and
  // keys are set by the tail. Called on the tail's thread, once per event; it may parse SQL when that thread
  // has a worker's stack (kWorkerStackBytes).
  std::function<Sighting(ErrorEvent)> name;
};

// As of one moment; the numbers belong to the run of this object.
struct TailCounters {
  std::int64_t lines = 0;
  std::int64_t malformed_lines = 0;
  std::int64_t cut_lines = 0;
  std::int64_t other_lines = 0;  // LOG, WARNING and below without a notice: counted, never events
  std::int64_t own_lines = 0;    // errors of Selfheal's own sessions
  std::int64_t events = 0;
  std::int64_t batches = 0;  // accepted
  std::int64_t refusals = 0;
  std::int64_t possible_gaps = 0;
  std::uint64_t bytes_behind = 0;
  Time stored_file_time{};  // files changed before this are stored whole
  bool is_placed = false;  // the intake holds where reading began: nothing after it is missed
};

// ERROR, FATAL and PANIC are events. A level this version does not know is one when its SQLSTATE is of an
// error class.
bool is_event(const ErrorEvent& event);

// Makes a sighting's event of a line that is no error but matters (pg::log_notice_of): its `trouble` is the
// notice's name, its objects are those that the sentence names. False for every other line, and for a
// sentence that an application's RAISE borrows.
bool take_as_notice(ErrorEvent& event);

// One per watched server. Reads, decodes, names, aggregates by fingerprint and hands over. While the store
// refuses, the same batch is offered again and nothing more is read: the log file is the buffer. Exactly once
// rests on the checkpoint, which the store commits together with the batch; a batch whose fate was unknown is
// offered again and the store drops keys it has.
class LogTail {
 public:
  // `intake` and `clock` outlive this object.
  LogTail(LogTailOptions options, Intake& intake, Clock& clock);
  ~LogTail();
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  // Runs until cancelled, on an io_context with one thread, which it may keep busy for some milliseconds at a
  // time. May be run again afterwards: it then asks the intake where reading stood.
  StatusTask run();

  // From any thread, both.
  TailCounters counters() const;
  // Why the log cannot be read at the moment; empty while it is read. Names of files, never content.
  std::string trouble() const;

 private:
  struct State;
  std::unique_ptr<State> state_;  // keeps simdjson, inotify and atomics out of this header
};

}  // namespace selfheal::tail
