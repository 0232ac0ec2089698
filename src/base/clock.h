#pragma once

#include <chrono>

#include "base/task.h"
#include "base/time.h"

namespace selfheal {

// The latest moment a call may take. Every wait on the outside has one. Made by a Clock only.
class Deadline {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  Moment moment() const { return moment_; }

 private:
  friend class Clock;
  explicit Deadline(Moment moment) : moment_(moment) {}
  Moment moment_;
};

// Where time comes from: the real clock, or a simulated one. Nothing else in the product reads a clock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
  virtual Deadline::Moment steady_now() const = 0;
  // Waits on the calling coroutine's thread; false when cancelled.
  virtual asio::awaitable<bool> sleep(Duration duration) = 0;

  Deadline deadline_in(Duration duration) const { return Deadline(steady_now() + duration); }
  Duration left(Deadline deadline) const {
    return std::chrono::duration_cast<Duration>(deadline.moment() - steady_now());
  }
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
  Deadline::Moment steady_now() const override;
  asio::awaitable<bool> sleep(Duration duration) override;
};

}  // namespace selfheal
