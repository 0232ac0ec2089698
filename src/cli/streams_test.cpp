#include <gtest/gtest.h>
#include <signal.h>

#include "cli/command.h"

namespace selfheal::cli {
namespace {

// Keeps SIGINT from ending the test program; a raised one then waits for the pause to take it.
class InterruptHeldBack {
 public:
  InterruptHeldBack() {
    sigset_t interrupt;
    ::sigemptyset(&interrupt);
    ::sigaddset(&interrupt, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &interrupt, &before_);
  }
  ~InterruptHeldBack() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  InterruptHeldBack(const InterruptHeldBack&) = delete;
  InterruptHeldBack& operator=(const InterruptHeldBack&) = delete;

 private:
  sigset_t before_{};
};

TEST(Pause, EndsByItselfOrByCtrlC) {
  const InterruptHeldBack held;
  SystemClock clock;
  const auto streams = process_streams(clock);
  EXPECT_TRUE(streams.pause(1ms));
  ASSERT_EQ(::raise(SIGINT), 0);
  EXPECT_FALSE(streams.pause(1h));
  EXPECT_TRUE(streams.pause(0ms));  // one Ctrl-C ends one pause
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
