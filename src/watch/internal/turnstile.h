#pragma once

#include <list>

#include "base/clock.h"
#include "base/task.h"

namespace selfheal::watch::internal {

// Lets a number of coroutines of one thread pass at a time, in the order they came. Outlives its turns and
// those who wait.
class Turnstile {
 public:
  // The right to be inside, given back by its destructor.
  class Turn {
   public:
    explicit Turn(Turnstile& turnstile) : turnstile_(&turnstile) {}
    ~Turn();
    Turn(Turn&& other) noexcept : turnstile_(std::exchange(other.turnstile_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;

   private:
    Turnstile* turnstile_;
  };

  Turnstile(asio::any_io_executor executor, int places) : executor_(std::move(executor)), free_(places) {}

  // timed_out when the deadline passes first, cancelled when the caller is.
  Task<Turn> enter(Deadline deadline);
  bool is_free() const { return free_ > 0; }

 private:
  class Waiter;
  void leave();

  asio::any_io_executor executor_;
  int free_;
  std::list<Waiter*> waiting_;
};

}  // namespace selfheal::watch::internal
