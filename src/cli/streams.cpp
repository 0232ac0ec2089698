// A process's own terminal, environment and Ctrl-C.
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "base/thread.h"
#include "cli/command.h"

namespace selfheal::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;
constexpr std::size_t kWatchStackBytes = 256u << 10;
// Nobody notices that a command ends so much later.
constexpr auto kInterruptLook = std::chrono::milliseconds(20);

// SIGINT is taken as an answer of the wait instead of by a handler; the command line is one thread while it
// waits.
bool pause_for(Clock& clock, Duration duration) {
  sigset_t interrupt;
  sigset_t before;
  ::sigemptyset(&interrupt);
  ::sigaddset(&interrupt, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &interrupt, &before);
  const auto deadline = clock.deadline_in(duration);
  int got = -1;
  do {
    const auto left = std::max(clock.left(deadline), Duration::zero());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    const timespec timeout{.tv_sec = seconds.count(),
                           .tv_nsec = std::chrono::nanoseconds(left - seconds).count()};
    got = ::sigtimedwait(&interrupt, nullptr, &timeout);
  } while (got < 0 && errno == EINTR);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return got != SIGINT;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
  return size.ws_col;
}

// Takes SIGINT as long as it lives, on a thread of its own.
class InterruptWatch {
 public:
  explicit InterruptWatch(std::stop_source stop) {
    sigset_t interrupt;
    ::sigemptyset(&interrupt);
    ::sigaddset(&interrupt, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &interrupt, &before_);
    thread_ = Thread("interrupt", kWatchStackBytes, [this, stop, interrupt]() mutable {
      const timespec look{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(kInterruptLook).count()};
      while (!ends_)
        if (::sigtimedwait(&interrupt, nullptr, &look) == SIGINT) {
          stop.request_stop();
          return;
        }
    });
  }
  ~InterruptWatch() {
    ends_ = true;
    thread_.join();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  sigset_t before_{};
  std::atomic<bool> ends_ = false;
  Thread thread_;
};

}  // namespace

Streams process_streams(Clock& clock) {
  return Streams{.out = std::cout,
                 .err = std::cerr,
                 .in = std::cin,
                 .clock = clock,
                 .in_is_terminal = ::isatty(STDIN_FILENO) == 1,
                 .out_is_terminal = ::isatty(STDOUT_FILENO) == 1,
                 .err_is_terminal = ::isatty(STDERR_FILENO) == 1,
                 .width = terminal_width(),
                 .environment = [](const std::string& name) -> std::optional<std::string> {
                   const auto* value = ::getenv(name.c_str());
                   return value ? std::optional<std::string>(value) : std::nullopt;
                 },
                 .pause = [&clock](Duration duration) { return pause_for(clock, duration); },
                 .on_interrupt = [](std::stop_source stop) -> std::shared_ptr<void> {
                   return std::make_shared<InterruptWatch>(std::move(stop));
                 }};
}

}  // namespace selfheal::cli
