#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/evidence.h"
#include "watch/census.h"

// What is measured of a watched server, a row of data each, and the pure part of measuring: from what the
// server counts to what people read.
namespace selfheal::health {

enum class Reduction {
  gauge,  // as it was read
  rate,   // of a counter: how much it grew, a second
  share,  // of two counters: 100 * growth of one / growth of both
};

struct MeasureRow {
  int number;        // its place in stored samples: never reused, never changed
  const char* name;  // "sessions.active"
  const char* title;
  const char* unit;    // count, bytes, seconds, milliseconds, percent, per_second, bytes_per_second
  const char* source;  // a LookRow::as, or "census", what the recorder sees each second anyway
  const char* column;
  Reduction reduction;
  const char* other = "";  // of a share: the second counter
  double scale = 1;        // what is read times this is in `unit`
};

// Sorted by name.
std::span<const MeasureRow> measures();
const MeasureRow* measure(std::string_view name);  // null: there is none
std::size_t measure_count();                       // of places in a sample

// How a source is read: a .sql of queries/ here, or one that the surveys of watch/ ask anyway.
struct LookRow {
  const char* query;
  const char* as;  // the source that it feeds
  Duration every;
  bool is_surveyed = false;  // by watch: taken from there, not asked again
  int since = 130000;        // versions of the server
  int until = 1000000;
};
std::span<const LookRow> looks();

// Column -> number, of what one look brought; a column that holds none is absent. Of several rows the
// largest.
using Readings = std::map<std::string, double, std::less<>>;
Readings readings_of(const EvidenceItem& item);
Readings readings_of(const watch::Census& census);

// Turns readings into values of measures. A counter that went back was reset: its rate is not known then, and
// neither is anything whose source was not read for twice its period.
class Reducer {
 public:
  void take(std::string_view source, Readings readings, Time at);
  // Of all measures, by their numbers.
  std::vector<std::optional<double>> values(Time at) const;
  // Forgets everything: the next reading follows on nothing.
  void interrupt() { sources_.clear(); }

 private:
  struct Source {
    Readings before, now;
    Time before_at{}, now_at{};
  };
  std::optional<double> value(const MeasureRow& row, Time at) const;
  std::map<std::string, Source, std::less<>> sources_;
};

}  // namespace selfheal::health
