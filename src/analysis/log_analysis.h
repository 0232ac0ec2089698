#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/activity.h"
#include "analysis/families.h"
#include "analysis/notable.h"
#include "base/clock.h"
#include "model/error_class.h"
#include "model/error_event.h"

// What the records of a log add up to.
namespace selfheal::analysis {

struct LogSummary {
  std::int64_t records = 0;  // messages of any level
  std::int64_t events = 0;   // of these ERROR, FATAL and PANIC
  std::optional<Time> first;
  std::optional<Time> last;
  std::map<std::string, std::int64_t> levels;  // PostgreSQL's English word -> records
  std::map<Category, std::int64_t> categories;
  Activity activity;             // of all events
  std::vector<Family> families;  // most frequent first
  std::int64_t families_replaced = 0;
  std::vector<Notable> notables;  // in the order of the table
  std::int64_t parses = 0;        // statements that PostgreSQL's parser had to read
  // CPU is not told apart: these are the times a clock on the wall showed, when one was given.
  Duration naming{};  // classified, named and counted; with `sql`
  Duration sql{};     // of that, naming the statement
};

// Classifies, names and counts. Memory is bounded (Families). One thread at a time, with a worker's stack: it
// parses SQL.
class LogAnalysis {
 public:
  // With a clock, each event is timed, which costs some percent. It outlives this object.
  explicit LogAnalysis(const Clock* stopwatch = nullptr);
  ~LogAnalysis();
  LogAnalysis(const LogAnalysis&) = delete;
  LogAnalysis& operator=(const LogAnalysis&) = delete;

  void add(const ErrorEvent& event);
  // `count` records of level LOG that nobody decoded, because they say nothing of what is reported.
  void add_routine(std::int64_t count);
  // A moment of the log that no event has.
  void saw(Time at);

  LogSummary take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::analysis
