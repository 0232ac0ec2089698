#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/task.h"

namespace selfheal::test {

// An event loop that a test turns by hand, on its own thread.
class Loop {
 public:
  // Runs one coroutine to its end, for at most a minute.
  template <class T>
  Result<T> run(Task<T> task) {
    std::optional<Result<T>> answer;
    asio::co_spawn(context_, std::move(task), [&answer](std::exception_ptr thrown, Result<T> result) {
      EXPECT_FALSE(thrown);
      answer.emplace(std::move(result));
    });
    finish([&answer] { return answer.has_value(); });
    return answer ? *std::move(answer) : failure("the coroutine did not end");
  }

  // Turns until `done`, or nothing is left to do, or a minute passed.
  template <class Done>
  void finish(Done done) {
    context_.restart();
    const auto end = clock_.steady_now() + 60s;
    while (!done() && context_.run_one_until(end) > 0) continue;
  }

  // Does what can be done now.
  void turn() {
    context_.restart();
    context_.poll();
  }

  asio::io_context& context() { return context_; }
  Deadline in(Duration duration) const { return clock_.deadline_in(duration); }
  Deadline::Moment now() const { return clock_.steady_now(); }
  Duration since(Deadline::Moment start) const {
    return std::chrono::duration_cast<Duration>(clock_.steady_now() - start);
  }

 private:
  SystemClock clock_;
  asio::io_context context_{1};
};

}  // namespace selfheal::test
