#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

// Other programs, run by us: PostgreSQL's. They get a fixed small environment (PATH, and LC_ALL=C so that
// what they say can be read), no open file of ours, /dev/null to read from, and a session of their own, so
// that Ctrl-C on our terminal does not reach them.
namespace selfheal {

struct Program {
  std::vector<std::string> arguments;  // the first is the program's absolute path
  // Where both its outputs are appended, when it is started and not waited for; empty: /dev/null.
  std::filesystem::path output = {};
  std::filesystem::path directory = "/";
  // Runs as this account; needs root.
  struct Account {
    uid_t user;
    gid_t group;
  };
  std::optional<Account> account = {};
  // The signal it gets when the thread that started it ends; 0: none.
  int signal_when_orphaned = 0;
};

struct ProgramEnd {
  int exit_code = 0;   // 128 + signal when a signal ended it, as shells say
  std::string output;  // both outputs together, the last kProgramOutputBytes of them
};

// Enough for the complaint of any PostgreSQL program.
inline constexpr std::size_t kProgramOutputBytes = 64u << 10;

// Starts the program and returns its process id; the caller reaps it with waitpid.
Result<pid_t> start_program(const Program& program);
// Runs the program to its end and blocks meanwhile. timed_out: it was killed at the deadline, with its whole
// session.
Result<ProgramEnd> run_program(const Program& program, const Clock& clock, Deadline deadline);

}  // namespace selfheal
