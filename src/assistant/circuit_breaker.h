#pragma once

#include "base/clock.h"

namespace selfheal::assistant {

// Spares a server that fails, and us the waiting: after five tries in a row that failed, or when the quota is
// used up, no call is made for a while; then one is, and its outcome decides. One thread.
class CircuitBreaker {
 public:
  static constexpr int kFailures = 5;
  // About as long as a server takes to restart or to load its model.
  static constexpr Duration kPause = 30s;
  // A quota comes back with a payment or a new hour; asking more often gains nothing.
  static constexpr Duration kQuotaPause = 15min;

  explicit CircuitBreaker(const Clock& clock) : clock_(clock) {}

  // Whether a call may be made now. After a pause one caller is let through; when its outcome never comes (it
  // was cancelled), another one after the next pause.
  bool lets_through();
  bool is_open() const { return open_; }
  void succeeded();
  void failed();
  void quota_exhausted();

 private:
  void open_for(Duration pause);

  const Clock& clock_;
  int failures_ = 0;
  bool open_ = false;
  Duration pause_{};
  Deadline::Moment next_try_{};
};

}  // namespace selfheal::assistant
