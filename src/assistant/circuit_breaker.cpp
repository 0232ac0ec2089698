#include "assistant/circuit_breaker.h"

namespace selfheal::assistant {

bool CircuitBreaker::lets_through() {
  if (!open_) return true;
  if (clock_.steady_now() < next_try_) return false;
  next_try_ = clock_.steady_now() + pause_;
  return true;
}

void CircuitBreaker::succeeded() {
  failures_ = 0;
  open_ = false;
}

void CircuitBreaker::failed() {
  if (++failures_ >= kFailures || open_) open_for(kPause);
}

void CircuitBreaker::quota_exhausted() { open_for(kQuotaPause); }

void CircuitBreaker::open_for(Duration pause) {
  open_ = true;
  pause_ = pause;
  next_try_ = clock_.steady_now() + pause;
}

}  // namespace selfheal::assistant
