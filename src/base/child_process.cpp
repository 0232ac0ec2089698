#include "base/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace selfheal {
namespace {

// A file descriptor that is closed with its owner.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
};

// Everything the child needs between fork and exec, made before: only async-signal-safe calls are allowed
// there, because other threads may have held any lock at the fork.
struct Launch {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  const char* directory;
  int input;
  int output;
  std::optional<Program::Account> account;
  int signal_when_orphaned;
};

[[noreturn]] void become_program(const Launch& launch) {
  constexpr int kCannotStart = 127;  // what shells say
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) signal(number, SIG_DFL);
  setsid();
  if (dup2(launch.input, 0) < 0 || dup2(launch.output, 1) < 0 || dup2(launch.output, 2) < 0)
    _exit(kCannotStart);
  // Straight to the kernel: glibc's wrappers would talk to threads that this process no longer has.
  if (launch.account) {
    const auto [user, group] = *launch.account;
    if (syscall(SYS_setgroups, 0, nullptr) != 0 || syscall(SYS_setresgid, group, group, group) != 0 ||
        syscall(SYS_setresuid, user, user, user) != 0)
      _exit(kCannotStart);
  }
  if (launch.signal_when_orphaned != 0) prctl(PR_SET_PDEATHSIG, launch.signal_when_orphaned);
  if (chdir(launch.directory) != 0) _exit(kCannotStart);
  syscall(SYS_close_range, 3u, ~0u, 0u);
  execve(launch.arguments[0], launch.arguments.data(), launch.environment.data());
  _exit(kCannotStart);
}

Result<pid_t> launch_program(const Program& program, int output) {
  CHECK(!program.arguments.empty());
  const File input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  std::vector<std::string> arguments = program.arguments;
  std::array<std::string, 2> environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C"};
  Launch launch{
      {}, {}, program.directory.c_str(), input.get(), output, program.account, program.signal_when_orphaned};
  for (auto& text : arguments) launch.arguments.push_back(text.data());
  for (auto& text : environment) launch.environment.push_back(text.data());
  launch.arguments.push_back(nullptr);
  launch.environment.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) become_program(launch);
  if (child < 0) return failure(fmt::format("start {}: {}", arguments[0], std::strerror(errno)));
  return child;
}

// Reads what is there; false at the end.
bool read_some(int descriptor, std::string& output) {
  std::array<char, 4096> buffer{};
  const auto size = ::read(descriptor, buffer.data(), buffer.size());
  if (size < 0) return errno == EINTR || errno == EAGAIN;
  output.append(buffer.data(), static_cast<std::size_t>(size));
  if (output.size() > kProgramOutputBytes) output.erase(0, output.size() - kProgramOutputBytes);
  return size > 0;
}

int poll_timeout(Duration left) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<std::int64_t>(whole, 0, 1000));
}

int exit_code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// The program may end while something it started keeps the pipe open, so the end is asked for, not deduced.
std::optional<int> wait_for(pid_t child, int pipe, std::string& output, const Clock& clock,
                            Deadline deadline) {
  bool open = true;
  for (;;) {
    int status = 0;
    if (const auto ended = waitpid(child, &status, WNOHANG); ended == child) {
      pollfd ready{pipe, POLLIN, 0};
      while (open && poll(&ready, 1, 0) > 0) open = read_some(pipe, output);
      return exit_code_of(status);
    }
    const auto left = clock.left(deadline);
    if (left <= Duration::zero()) return std::nullopt;
    // The end of a program without output is noticed within this time.
    constexpr Duration kNoticeEnd = 10ms;
    pollfd ready{open ? pipe : -1, POLLIN, 0};
    if (poll(&ready, 1, poll_timeout(std::min(left, kNoticeEnd))) > 0) open = read_some(pipe, output);
  }
}

}  // namespace

Result<pid_t> start_program(const Program& program) {
  const auto path = program.output.empty() ? std::filesystem::path("/dev/null") : program.output;
  const File output(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (output.get() < 0) return failure(fmt::format("open {}: {}", path.string(), std::strerror(errno)));
  return launch_program(program, output.get());
}

Result<ProgramEnd> run_program(const Program& program, const Clock& clock, Deadline deadline) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return failure(fmt::format("make a pipe: {}", std::strerror(errno)));
  const File reading(ends[0]);
  File writing(ends[1]);
  TRY(const auto child, launch_program(program, writing.get()));
  writing.close();
  ProgramEnd end;
  if (const auto code = wait_for(child, reading.get(), end.output, clock, deadline)) {
    end.exit_code = *code;
    return end;
  }
  kill(-child, SIGKILL);
  waitpid(child, nullptr, 0);
  return failure(ErrorCode::timed_out,
                 fmt::format("{} did not end in time and was killed", program.arguments[0]));
}

}  // namespace selfheal
