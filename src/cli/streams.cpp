// A process's own terminal, environment and Ctrl-C.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "base/thread.h"
#include "cli/command.h"

namespace selfheal::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;
constexpr std::size_t kWatchStackBytes = 256u << 10;
// Nobody notices that a command ends so much later.
constexpr Duration kInterruptLook = 20ms;

// Takes SIGINT while it lives. By a handler and not by a mask: libraries have threads that block nothing.
class Interrupts {
 public:
  Interrupts() {
    if (::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
    noticed_ = pipe_[1];
    struct sigaction action{};
    action.sa_handler = [](int) { ssize_t ignored [[maybe_unused]] = ::write(noticed_, "!", 1); };
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGINT, &action, &before_);
  }
  ~Interrupts() {
    if (pipe_[0] < 0) return;
    ::sigaction(SIGINT, &before_, nullptr);
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // Whether it came within that time.
  bool came(Duration within) {
    pollfd wanted{.fd = pipe_[0], .events = POLLIN, .revents = 0};
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(within).count();
    return ::poll(&wanted, 1, static_cast<int>(milliseconds)) == 1;
  }

 private:
  static volatile std::sig_atomic_t noticed_;  // where the handler writes; one of these at a time
  std::array<int, 2> pipe_{-1, -1};
  struct sigaction before_{};
};
volatile std::sig_atomic_t Interrupts::noticed_ = -1;

bool pause_for(Clock& clock, Duration duration) {
  Interrupts interrupts;
  const auto deadline = clock.deadline_in(duration);
  // A signal of another kind cuts the wait short.
  do {
    if (interrupts.came(std::max(clock.left(deadline), Duration::zero()))) return false;
  } while (clock.left(deadline) > Duration::zero());
  return true;
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsualWidth;
  return size.ws_col;
}

// Turns the first SIGINT into a wish to stop; the second one ends the process.
class InterruptWatch {
 public:
  explicit InterruptWatch(std::stop_source stop) : interrupts_(std::make_unique<Interrupts>()) {
    thread_ = Thread("interrupt", kWatchStackBytes, [this, stop]() mutable {
      while (!ends_)
        if (interrupts_->came(kInterruptLook)) {
          interrupts_.reset();
          stop.request_stop();
          return;
        }
    });
  }
  ~InterruptWatch() {
    ends_ = true;
    thread_.join();
  }
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  std::atomic<bool> ends_ = false;
  std::unique_ptr<Interrupts> interrupts_;  // the thread's, while that runs
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
