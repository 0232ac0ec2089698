#pragma once

#include <algorithm>

#include "base/clock.h"
#include "base/task.h"

namespace selfheal {

// How late a thread comes to what is due: the health of a thread that must never be kept busy. It beats every
// kPeriod and notes by how much each beat was late, which is how long somebody kept the thread.
class Pulse {
 public:
  // Short enough that a stall of 50 ms shows; fifty wake-ups a second are 0.03 % of a core.
  static constexpr Duration kPeriod = 20ms;
  // The longest delay is told of between one and two of these.
  static constexpr Duration kSpan = 30s;

  explicit Pulse(Clock& clock) : clock_(clock) {}

  // On the thread it measures, until cancelled.
  StatusTask beat();

  Duration longest_delay() const { return std::max(now_, before_); }

 private:
  Clock& clock_;
  Duration now_{};     // of the span under way
  Duration before_{};  // of the one before
};

}  // namespace selfheal
