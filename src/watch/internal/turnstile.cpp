#include "watch/internal/turnstile.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace selfheal::watch::internal {

// Stands in the queue as long as it lives, also when its coroutine is destroyed while it waits.
class Turnstile::Waiter {
 public:
  Waiter(Turnstile& turnstile, Deadline deadline)
      : turnstile_(turnstile), timer_(turnstile.executor_, deadline.moment()) {
    turnstile_.waiting_.push_back(this);
  }
  ~Waiter() {
    if (!called_) turnstile_.waiting_.remove(this);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // Takes it out of the queue: its turn has come.
  void call() {
    called_ = true;
    timer_.cancel();
  }
  bool called() const { return called_; }
  asio::steady_timer& timer() { return timer_; }

 private:
  Turnstile& turnstile_;
  asio::steady_timer timer_;
  bool called_ = false;
};

Turnstile::Turn::~Turn() {
  if (turnstile_ != nullptr) turnstile_->leave();
}

void Turnstile::leave() {
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  auto* next = waiting_.front();
  waiting_.pop_front();
  next->call();
}

Task<Turnstile::Turn> Turnstile::enter(Deadline deadline) {
  if (free_ > 0) {
    --free_;
    co_return Turn(*this);
  }
  Waiter waiter(*this, deadline);
  const auto [error] = co_await waiter.timer().async_wait(asio::as_tuple(asio::use_awaitable));
  if (waiter.called()) co_return Turn(*this);
  if (error) co_return failure(ErrorCode::cancelled, "cancelled while waiting for its turn");
  co_return failure(ErrorCode::timed_out, "others took all of the time");
}

}  // namespace selfheal::watch::internal
