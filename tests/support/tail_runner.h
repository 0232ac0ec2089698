#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <utility>

#include "base/clock.h"
#include "base/task.h"
#include "tail/log_tail.h"

namespace selfheal::test {

// A name for tests that need no more: one fingerprint per SQLSTATE.
inline Sighting name_by_sqlstate(ErrorEvent event) {
  Sighting sighting;
  sighting.name = {"v1|" + event.sqlstate, event.sqlstate};
  sighting.exemplar = std::move(event);
  return sighting;
}

// Runs a log tail on an io_context that the test turns by hand, and stops it when destroyed.
class TailRunner {
 public:
  TailRunner(tail::LogTailOptions options, tail::Intake& intake)
      : tail_(std::move(options), intake, clock_), group_(context_.get_executor()) {
    group_.spawn("tail", tail_.run());
  }
  ~TailRunner() {
    bool stopped = false;
    asio::co_spawn(context_, group_.stop(), [&stopped](std::exception_ptr) { stopped = true; });
    EXPECT_TRUE(turn_until([&stopped] { return stopped; }));
  }
  TailRunner(const TailRunner&) = delete;
  TailRunner& operator=(const TailRunner&) = delete;

  // False when it did not come true within the limit.
  bool turn_until(const std::function<bool()>& condition, Duration limit = 10s) {
    const auto deadline = clock_.steady_now() + limit;
    while (!condition()) {
      if (clock_.steady_now() >= deadline) return false;
      context_.restart();
      context_.run_one_until(deadline);
    }
    return true;
  }
  tail::TailCounters counters() const { return tail_.counters(); }

 private:
  SystemClock clock_;
  asio::io_context context_{1};
  tail::LogTail tail_;
  TaskGroup group_;
};

}  // namespace selfheal::test
