#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "base/clock.h"

namespace selfheal::test {

// Time that moves only when nobody has anything left to do. One thread.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(Time start) : now_(start) {}

  Time now() const override { return now_; }
  Deadline::Moment steady_now() const override { return Deadline::Moment(now_.time_since_epoch()); }
  asio::awaitable<bool> sleep(Duration duration) override {
    const auto executor = co_await asio::this_coro::executor;
    sleepers_.push_back(
        {now_ + duration, asio::steady_timer(executor, asio::steady_timer::time_point::max()), false});
    const auto sleeper = std::prev(sleepers_.end());
    // Removed however the coroutine ends; a cancelled one is destroyed here.
    const std::unique_ptr<std::list<Sleeper>, std::function<void(std::list<Sleeper>*)>> removal(
        &sleepers_, [sleeper](std::list<Sleeper>* all) { all->erase(sleeper); });
    const auto [error] = co_await sleeper->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(error);
    co_return sleeper->due;
  }

  // Runs what can run; then moves to the next moment somebody waits for, until `until` or `done`.
  void run(asio::io_context& context, Time until, const std::function<bool()>& done) {
    for (;;) {
      context.restart();
      context.poll();
      if (done() || sleepers_.empty()) return;
      auto next = std::min_element(sleepers_.begin(), sleepers_.end(),
                                   [](const Sleeper& a, const Sleeper& b) { return a.wake_at < b.wake_at; });
      if (next->wake_at > until) return;
      now_ = std::max(now_, next->wake_at);
      for (auto& sleeper : sleepers_)
        if (sleeper.wake_at <= now_ && !sleeper.due) {
          sleeper.due = true;
          sleeper.timer.cancel();
        }
    }
  }

 private:
  struct Sleeper {
    Time wake_at;
    asio::steady_timer timer;
    bool due;
  };
  Time now_;
  std::list<Sleeper> sleepers_;
};

}  // namespace selfheal::test
