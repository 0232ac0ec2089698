// A process's own terminal, environment and Ctrl-C.
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "cli/command.h"

namespace selfheal::cli {
namespace {

constexpr std::size_t kUsualWidth = 80;

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
                 .pause = [&clock](Duration duration) { return pause_for(clock, duration); }};
}

}  // namespace selfheal::cli
