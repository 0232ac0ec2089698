#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "cli/command.h"

namespace selfheal::cli {
namespace {

// Presses Ctrl-C once somebody takes it.
class CtrlC {
 public:
  CtrlC() {
    const auto before = handler();
    thread_ = std::thread([before] {
      while (handler() == before) std::this_thread::yield();
      ::kill(::getpid(), SIGINT);
    });
  }
  ~CtrlC() { thread_.join(); }
  CtrlC(const CtrlC&) = delete;
  CtrlC& operator=(const CtrlC&) = delete;

 private:
  static void (*handler())(int) {
    struct sigaction now{};
    ::sigaction(SIGINT, nullptr, &now);
    return now.sa_handler;
  }
  std::thread thread_;
};

TEST(Pause, EndsByItselfOrByCtrlC) {
  SystemClock clock;
  const auto streams = process_streams(clock);
  EXPECT_TRUE(streams.pause(1ms));
  {
    const CtrlC pressed;
    EXPECT_FALSE(streams.pause(1h));
  }
  EXPECT_TRUE(streams.pause(0ms));  // one Ctrl-C ends one pause
}

TEST(Interrupt, IsAWishToStopAndEndsNoProcess) {
  SystemClock clock;
  const auto streams = process_streams(clock);
  std::stop_source stop;
  {
    const CtrlC pressed;
    const auto watch = streams.on_interrupt(stop);
    const auto patience = clock.deadline_in(10s);
    while (!stop.stop_requested() && clock.left(patience) > 0ms) std::this_thread::yield();
  }
  EXPECT_TRUE(stop.stop_requested());
  const auto unused = streams.on_interrupt(std::stop_source());
}

TEST(Streams, ReadTheEnvironment) {
  SystemClock clock;
  const auto streams = process_streams(clock);
  EXPECT_TRUE(streams.environment("PATH").has_value());
  EXPECT_FALSE(streams.environment("SELFHEAL_NO_SUCH_VARIABLE").has_value());
  EXPECT_GT(streams.width, 0u);
}

}  // namespace
}  // namespace selfheal::cli
