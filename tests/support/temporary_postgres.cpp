#include "support/temporary_postgres.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/child_process.h"
#include "base/random.h"
#include "support/client_session.h"
#include "support/unprivileged.h"

namespace selfheal::test {
namespace {

namespace fs = std::filesystem;

const std::string kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr Duration kStartLimit = 30s;  // a busy machine with sanitizers
constexpr int kPortAttempts = 5;       // another program may take a free port before the server does

[[noreturn]] void give_up(const std::string& message) {
  std::fprintf(stderr, "temporary PostgreSQL: %s\n", message.c_str());
  std::abort();
}

const std::map<std::string, std::string>& default_settings() {
  static const std::map<std::string, std::string> settings = {
      {"autovacuum_naptime", "1s"},
      {"client_min_messages", "notice"},
      {"compute_query_id", "on"},
      {"deadlock_timeout", "200ms"},
      {"dynamic_shared_memory_type", "posix"},
      {"fsync", "off"},
      {"full_page_writes", "off"},
      {"lc_messages", "C"},
      {"listen_addresses", ""},
      {"log_connections", "on"},
      {"log_destination", "jsonlog"},
      {"log_directory", "log"},
      {"log_disconnections", "on"},
      {"log_error_verbosity", "verbose"},
      {"log_filename", "postgresql.log"},
      {"log_lock_waits", "on"},
      {"log_min_error_statement", "error"},
      {"log_min_messages", "warning"},
      {"log_timezone", "UTC"},
      {"logging_collector", "on"},
      {"max_connections", "30"},
      {"max_prepared_transactions", "10"},
      {"shared_buffers", "16MB"},
      {"timezone", "UTC"},
      {"track_commit_timestamp", "on"},
      {"track_io_timing", "on"},
  };
  return settings;
}

Program as_unprivileged(std::vector<std::string> arguments) {
  Program program{.arguments = std::move(arguments)};
  const auto account = unprivileged_account();
  if (geteuid() == 0) program.account = {account.user, account.group};
  return program;
}

void run_or_give_up(std::vector<std::string> arguments) {
  const SystemClock clock;
  const auto name = arguments.front();
  const auto end = run_program(as_unprivileged(std::move(arguments)), clock, clock.deadline_in(kStartLimit));
  if (!end) give_up(end.error().message);
  if (end->exit_code != 0) give_up(fmt::format("{} failed:\n{}", name, end->output));
}

// The directory of this test program's servers, with a data directory to copy. A shell outside waits for the
// end of the program, however it comes, and removes the directory; the servers themselves get a signal from
// the kernel.
class Workshop {
 public:
  static Workshop& instance() {
    static Workshop workshop;
    return workshop;
  }
  fs::path new_directory() {
    const auto directory = root_ / std::to_string(++made_);
    run_or_give_up({"/bin/mkdir", "-m", "700", directory});
    run_or_give_up({"/bin/cp", "-a", root_ / "template", directory / "data"});
    return directory;
  }

 private:
  Workshop() {
    root_ = fmt::format("/tmp/sht-{}-{}", getpid(), random_token().substr(0, 6));
    run_or_give_up({"/bin/mkdir", "-m", "700", root_});
    start_watchdog();
    run_or_give_up({kPrograms + "initdb", "-D", root_ / "template", "-U", "postgres", "-A", "trust", "-E",
                    "UTF8", "--locale=C.UTF-8", "-N", "-k"});
  }
  ~Workshop() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  void start_watchdog() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) give_up("no pipe for the watchdog");
    // The writing end stays open until this program ends.
    const auto script =
        fmt::format("read x; for i in 1 2 3 4 5; do rm -rf {0} && exit; sleep 1; done", root_.string());
    const pid_t watchdog = fork();
    if (watchdog == 0) {
      setsid();
      dup2(ends[0], 0);
      const int silence = open("/dev/null", O_WRONLY);
      dup2(silence, 1);
      dup2(silence, 2);
      ::close(ends[1]);
      execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
      _exit(127);
    }
    ::close(ends[0]);
  }

  fs::path root_;
  int made_ = 0;
};

// A port on loopback that is free now, below the ephemeral range, where client sockets would take it.
std::uint16_t free_port() {
  SystemRandom random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const auto port = static_cast<std::uint16_t>(20000 + random.below(12000));
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool free = bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(listener);
    if (free) return port;
  }
  give_up("found no free port");
}

std::string as_value(const std::string& value) {
  std::string text = "'";
  for (const char c : value) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

}  // namespace

struct TemporaryPostgres::State {
  PostgresOptions options;
  fs::path directory;
  std::uint16_t port = 5432;
  pid_t postmaster = 0;

  fs::path data() const { return directory / "data"; }

  void write_file(const fs::path& path, const std::string& text,
                  std::ios::openmode mode = std::ios::trunc) const {
    std::ofstream(path, std::ios::out | mode) << text;
    const auto account = unprivileged_account();
    if (geteuid() == 0 && chown(path.c_str(), account.user, account.group) != 0) give_up("cannot chown");
    if (chmod(path.c_str(), 0600) != 0) give_up("cannot chmod");
  }

  void configure() const {
    auto settings = default_settings();
    settings["unix_socket_directories"] = directory;
    settings["port"] = std::to_string(port);
    if (options.tcp) settings["listen_addresses"] = "127.0.0.1";
    for (const auto& [name, value] : options.settings) settings[name] = value;
    std::string text;
    for (const auto& [name, value] : settings) text += fmt::format("{} = {}\n", name, as_value(value));
    write_file(data() / "postgresql.conf", text);
    const auto trust = "local all all trust\nhost all all 127.0.0.1/32 trust\nlocal replication all trust\n";
    write_file(data() / "pg_hba.conf", options.hba.empty() ? trust : options.hba);
  }

  bool reap(int flags) {
    int status = 0;
    if (postmaster == 0 || waitpid(postmaster, &status, flags) != postmaster) return false;
    postmaster = 0;
    return true;
  }

  bool answers() const {
    const auto conninfo = fmt::format("host={} port={} dbname=postgres", directory.string(), port);
    return PQping(conninfo.c_str()) == PQPING_OK;
  }

  // False when the postmaster ended instead of answering: another program may have taken the port.
  bool try_start() {
    std::vector<std::string> command = {kPrograms + "postgres", "-D", data()};
    // In the C locale the postmaster would write its messages in Latin letters.
    if (!options.locales.empty())
      command.insert(command.begin(),
                     {"/usr/bin/env", "LOCPATH=" + options.locales.string(), "LC_ALL=C.UTF-8"});
    auto program = as_unprivileged(std::move(command));
    program.output = directory / "start.log";
    program.signal_when_orphaned = SIGQUIT;
    const auto started = start_program(program);
    if (!started) give_up(started.error().message);
    postmaster = *started;
    const bool settled = wait_until([this] { return reap(WNOHANG) || answers(); }, kStartLimit);
    if (!settled) give_up("the server does not answer");
    return postmaster != 0;
  }

  void end(int signal) {
    if (postmaster == 0) return;
    kill(postmaster, signal);
    if (!wait_until([this] { return reap(WNOHANG); }, kStartLimit)) {
      kill(postmaster, SIGQUIT);
      reap(0);
    }
  }
};

TemporaryPostgres::TemporaryPostgres(PostgresOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->directory = Workshop::instance().new_directory();
  for (int attempt = 0; attempt < kPortAttempts; ++attempt) {
    if (state_->options.tcp) state_->port = free_port();
    state_->configure();
    if (state_->try_start()) return;
  }
  start();
}

TemporaryPostgres::~TemporaryPostgres() {
  stop(StopMode::immediate);
  std::error_code ignored;
  fs::remove_all(state_->directory, ignored);
}

std::string TemporaryPostgres::conninfo(const std::string& database, const std::string& user) const {
  return fmt::format("host={} port={} dbname={} user={}", state_->directory.string(), state_->port,
                     as_value(database), as_value(user));
}
std::string TemporaryPostgres::tcp_conninfo(const std::string& database, const std::string& user) const {
  return fmt::format("host=127.0.0.1 port={} dbname={} user={}", state_->port, as_value(database),
                     as_value(user));
}
std::uint16_t TemporaryPostgres::port() const { return state_->port; }
fs::path TemporaryPostgres::socket_directory() const { return state_->directory; }
fs::path TemporaryPostgres::data_directory() const { return state_->data(); }
fs::path TemporaryPostgres::log_directory() const { return state_->data() / "log"; }

fs::path TemporaryPostgres::json_log() const {
  std::ifstream in(state_->data() / "current_logfiles");
  for (std::string format, path; in >> format >> path;)
    if (format == "jsonlog") return state_->data() / path;
  return {};
}

void TemporaryPostgres::start() {
  if (running()) return;
  // Refused for a while when another program has the port, or while the children of a killed postmaster end.
  if (wait_until([this] { return state_->try_start(); }, kStartLimit)) return;
  std::ifstream log(state_->directory / "start.log");
  give_up("the server does not start:\n" + std::string(std::istreambuf_iterator<char>(log), {}));
}

void TemporaryPostgres::stop(StopMode mode) { state_->end(mode == StopMode::fast ? SIGINT : SIGQUIT); }
void TemporaryPostgres::restart(StopMode mode) {
  stop(mode);
  start();
}

void TemporaryPostgres::kill9() {
  if (!running()) return;
  std::vector<fs::path> children;
  const auto pid = state_->postmaster;
  std::ifstream list(fmt::format("/proc/{0}/task/{0}/children", pid));
  for (std::string child; list >> child;) children.push_back(fs::path("/proc") / child);
  state_->end(SIGKILL);
  const auto gone = [&] {
    return std::ranges::none_of(children, [](const fs::path& c) { return fs::exists(c); });
  };
  if (!wait_until(gone, kStartLimit)) give_up("the children of a killed postmaster do not end");
}

bool TemporaryPostgres::running() const {
  state_->reap(WNOHANG);
  return state_->postmaster != 0;
}
int TemporaryPostgres::postmaster_pid() const { return running() ? state_->postmaster : 0; }

void TemporaryPostgres::set(const std::string& setting, const std::string& value) {
  state_->write_file(state_->data() / "postgresql.conf", fmt::format("{} = {}\n", setting, as_value(value)),
                     std::ios::app);
}
void TemporaryPostgres::reload() {
  if (running()) kill(state_->postmaster, SIGHUP);
}

}  // namespace selfheal::test
