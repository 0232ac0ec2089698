#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command.h"

// For tests of this folder: a command line without a process, on a clock that only pauses move.
namespace selfheal::cli {

class StillClock final : public Clock {
 public:
  Time now() const override { return now_; }
  Deadline::Moment steady_now() const override { return steady_; }
  asio::awaitable<bool> sleep(Duration) override { co_return false; }
  void advance(Duration duration) {
    now_ += duration;
    steady_ += duration;
  }

 private:
  Time now_ = *parse_time("2026-11-25T14:07:20Z");
  Deadline::Moment steady_{};
};

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

struct Terminal {
  bool in = false;
  bool out = false;
  bool err = false;
  std::size_t width = 80;
  std::string typed = {};
  int pauses = 1000;  // then Ctrl-C is pressed
  // Presses Ctrl-C in a command that takes it as a wish to stop.
  std::function<void(std::stop_source)> interrupts = {};
  std::map<std::string, std::string> environment = {};
};

inline Ran run_line(const std::vector<std::string>& line, const Terminal& terminal = {},
                    std::span<const Command> local_commands = {}) {
  StillClock clock;
  std::ostringstream out;
  std::ostringstream err;
  std::istringstream in(terminal.typed);
  int pauses = terminal.pauses;
  Streams streams{.out = out,
                  .err = err,
                  .in = in,
                  .clock = clock,
                  .in_is_terminal = terminal.in,
                  .out_is_terminal = terminal.out,
                  .err_is_terminal = terminal.err,
                  .width = terminal.width,
                  .environment = [&terminal](const std::string& name) -> std::optional<std::string> {
                    const auto at = terminal.environment.find(name);
                    return at == terminal.environment.end() ? std::nullopt : std::optional(at->second);
                  },
                  .pause =
                      [&](Duration duration) {
                        clock.advance(duration);
                        return pauses-- > 0;
                      },
                  .on_interrupt = [&terminal](std::stop_source stop) -> std::shared_ptr<void> {
                    if (terminal.interrupts) terminal.interrupts(std::move(stop));
                    return nullptr;
                  }};
  std::vector<const char*> arguments;
  for (const auto& word : line) arguments.push_back(word.c_str());
  const int code = run(arguments, local_commands, streams);
  return {code, out.str(), err.str()};
}

}  // namespace selfheal::cli
