#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"

// What health needs of the store. On the control thread; `unavailable` at once while the store is down.
namespace selfheal::health {

// Values of all measures at one moment, each at its MeasureRow::number; nothing where it is not known.
struct Sample {
  Time at{};
  std::vector<std::optional<double>> values;
};

// What a measure was within one step.
struct Point {
  Time at{};  // the beginning of the step
  std::optional<double> least;
  std::optional<double> mean;
  std::optional<double> most;
};

// A stretch of history in steps, at most kHistoryPoints of them.
struct Span {
  Time from{};
  Time to{};
  Duration step{};
};

// The past: as it was sampled for hours, by the minute for days, by the hour for a year.
class HistoryBook {
 public:
  virtual ~HistoryBook() = default;
  // In one statement; a sample whose time is stored already is left as it is.
  virtual StatusTask append(ServerId server, std::vector<Sample> samples, Deadline deadline) = 0;
  // Sums up what is complete since the last time: samples to minutes, minutes to hours. One statement, which
  // reads no more than what is kept of the finer step.
  virtual StatusTask sum_up(ServerId server, Deadline deadline) = 0;
  // Points of each measure, oldest first, in the order of `measures` (their numbers). A step without a sample
  // has no point.
  virtual Task<std::vector<std::vector<Point>>> points(ServerId server, std::vector<int> measures, Span span,
                                                       Deadline deadline) = 0;
};

inline constexpr Duration kSamplePeriod = 5s;
// How long each step is kept. A server costs the store about 17,000 rows of 0.3 to 0.5 KB, 7 MB, whatever
// happens.
inline constexpr Duration kKeepSamples = 3h;
inline constexpr Duration kKeepMinutes = 3 * 24h;
inline constexpr Duration kKeepHours = 400 * 24h;
// A chart on a wide screen has about as many pixels.
inline constexpr int kHistoryPoints = 1000;

}  // namespace selfheal::health
