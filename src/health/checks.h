#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/words.h"
#include "health/measures.h"
#include "model/evidence.h"
#include "model/recording.h"
#include "watch/census.h"

// What a careful administrator looks at, one row of data each. A check that could not run is never green.
namespace selfheal::health {

enum class CheckState { ok, warn, critical, unknown };
BOOST_DESCRIBE_ENUM(CheckState, ok, warn, critical, unknown)

struct Finding {
  std::string object;
  double value = 0;
  std::string detail;
  CheckState state = CheckState::ok;
};

// Counters of one source at a moment, for checks that judge a stretch of time.
struct Counted {
  Time at{};
  Readings readings;
};

// Everything that checks read; what could not be looked at is a failed item.
struct Looked {
  Time at{};
  bool in_recovery = false;
  bool sees_all_sessions = false;
  std::string why;  // while the server cannot be reached
  std::string role;
  std::optional<watch::Census> census;
  std::optional<BlockingSample> waits;                 // the recorder's latest look
  std::map<std::string, EvidenceItem> items;           // query -> answer
  std::map<std::string, std::deque<Counted>> counted;  // source -> the last kCountedSpan, oldest first
};

struct CheckRow {
  const char* name;
  const char* title;
  const char* meaning;  // what it means for users, in plain words
  const char* unit;     // of values and thresholds, see MeasureRow; "times" is a multiple
  std::optional<double> warn;
  std::optional<double> critical;
  bool low_is_bad = false;
  const char* rule;             // where the thresholds come from
  const char* advice;           // what to do
  const char* query;            // the .sql that it reads: of queries/ here, or of watch/queries
  bool is_surveyed = false;     // the surveys of watch/ ask it
  bool on_standby = true;       // whether it says something there
  bool is_information = false;  // listed, never alarming
  // What was seen, the worst first, without states; an error says why it is not known.
  Result<std::vector<Finding>> (*read)(const CheckRow& row, const Looked& looked);
};
// Sorted by name.
std::span<const CheckRow> checks();
const CheckRow* check(std::string_view name);

struct CheckResult {
  std::string name;
  CheckState state = CheckState::unknown;
  std::optional<double> value;  // the worst
  std::vector<Finding>
      findings;       // the worst first, at most kFindings; those that are well only when none is not
  std::string why;    // while unknown
  std::string grant;  // what an administrator runs so that it can be known; may be empty
  std::string sql;    // what was run
  Time at{};          // when what it judges was read; Time{}: never
  Duration took{};    // of its SQL
};

// Pure.
CheckResult judge(const CheckRow& row, const Looked& looked);

inline constexpr std::size_t kFindings = 20;
// What is judged over time is judged over this.
inline constexpr Duration kCountedSpan = 1h;

}  // namespace selfheal::health
