#include "base/pulse.h"

#include <algorithm>
#include <utility>

namespace selfheal {

StatusTask Pulse::beat() {
  auto span_ends = clock_.steady_now() + kSpan;
  for (;;) {
    const auto due = clock_.steady_now() + kPeriod;
    if (!co_await clock_.sleep(kPeriod)) co_return failure(ErrorCode::cancelled, "stopped");
    const auto now = clock_.steady_now();
    now_ = std::max(now_, std::chrono::duration_cast<Duration>(now - due));
    if (now < span_ends) continue;
    before_ = std::exchange(now_, Duration{});
    span_ends = now + kSpan;
  }
}

}  // namespace selfheal
