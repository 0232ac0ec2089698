// Our own PostgreSQL: made, configured, started, adopted and stopped by us, so that one command starts
// everything and the store does not die with the patient.
#include "store/private_cluster.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include "base/child_process.h"
#include "base/log.h"
#include "store/internal/cluster_directory.h"

namespace selfheal::store {
namespace {

namespace fs = std::filesystem;
using internal::ClusterDirectory;

const fs::path kPrograms = "/usr/lib/postgresql/15/bin";  // where Debian puts them
constexpr std::string_view kVersion = "15";
constexpr int kPort = 5432;  // only names the socket when there is no TCP
constexpr int kPauseMs =
    20;  // between two looks at a server that starts or stops; short beside what either takes

using Settings = std::map<std::string, std::string>;

// Modest: the store of one installation is small, and its server shares the machine with others. Its log
// keeps a day, hour by hour, overwriting itself; it holds no statements and no details, which would be users'
// data.
Settings default_settings() {
  return {
      {"dynamic_shared_memory_type", "posix"},
      {"lc_messages", "C"},
      {"listen_addresses", ""},
      {"log_destination", "stderr"},
      {"log_error_verbosity", "terse"},
      {"log_file_mode", "0600"},
      {"log_filename", "%H.log"},
      {"log_line_prefix", "%m [%p] "},
      {"log_min_error_statement", "panic"},
      {"log_min_messages", "warning"},
      {"log_rotation_age", "1h"},
      {"log_rotation_size", "0"},
      {"log_timezone", "UTC"},
      {"log_truncate_on_rotation", "on"},
      {"logging_collector", "on"},
      {"max_connections", "20"},
      {"max_wal_size", "256MB"},
      {"shared_buffers", "64MB"},
      {"timezone", "UTC"},
      {"unix_socket_permissions", "0700"},
  };
}

std::string as_value(std::string_view value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string configuration_of(const Settings& settings) {
  std::string text = "# Written by Selfheal at every start; changes here are lost.\n";
  for (const auto& [name, value] : settings) text += fmt::format("{} = {}\n", name, as_value(value));
  return text;
}

std::string login_rules(const PrivateClusterOptions& options) {
  const bool trust = options.login == LocalLogin::trust;
  std::string text = fmt::format("local all all {}\n", trust ? "trust" : "peer");
  if (options.tcp_port)
    text += fmt::format("host all all 127.0.0.1/32 {}\n", trust ? "trust" : "scram-sha-256");
  return text;
}

Status check_programs() {
  for (const char* name : {"initdb", "postgres"})
    if (access((kPrograms / name).c_str(), X_OK) != 0)
      return failure(
          ErrorCode::unavailable,
          fmt::format("PostgreSQL 15 is not installed (no {}): install the Debian package postgresql-15",
                      (kPrograms / name).string()));
  return {};
}

Result<std::string> our_account() {
  if (geteuid() == 0)
    return failure(ErrorCode::refused,
                   "PostgreSQL does not run as root: start Selfheal as another account, preferably selfheal");
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr)
    return failure(fmt::format("the account {} that Selfheal runs as has no name in /etc/passwd", geteuid()));
  return std::string(found->pw_name);
}

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The last reason for not starting in any of the log files, the newest first.
std::string last_complaint(const fs::path& log) {
  std::error_code error;
  std::vector<std::pair<fs::file_time_type, fs::path>> files;
  for (const auto& entry : fs::directory_iterator(log, error))
    files.emplace_back(entry.last_write_time(error), entry);
  std::ranges::sort(files, std::greater());
  for (const auto& [written, path] : files) {
    const auto text = read_file(path);
    const auto at =
        std::max(text.rfind("FATAL:  ") + 1, text.rfind("PANIC:  ") + 1);  // 0 when there is neither
    if (at > 0) return text.substr(at - 1, text.find('\n', at) - (at - 1));
  }
  return "it gave no reason";
}

// Bytewise order does not change with the system's library, so indexes of ours never need a rebuild for it.
Program initdb_of(const fs::path& data, const std::string& superuser, bool temporary) {
  Program initdb{.arguments = {kPrograms / "initdb", "-D", data, "-U", superuser, "-A", "peer", "-E", "UTF8",
                               "--lc-collate=C", "--lc-ctype=C.UTF-8", "--lc-messages=C",
                               "--data-checksums"}};
  if (temporary) initdb.arguments.emplace_back("--no-sync");
  return initdb;
}

// A directory that initdb did not finish never gets its final name.
Status make_data(const ClusterDirectory& directory, const Program& initdb, const Clock& clock,
                 Deadline deadline) {
  std::error_code error;
  if (fs::exists(directory.data(), error)) {
    const auto version = read_file(directory.data() / "PG_VERSION");
    if (version == std::string(kVersion) + "\n") return {};
    return failure(ErrorCode::refused,
                   fmt::format("{} holds no data of PostgreSQL {}", directory.data().string(), kVersion));
  }
  const auto unfinished = directory.unfinished_data();
  fs::remove_all(unfinished, error);
  TRY(const auto end, run_program(initdb, clock, deadline));
  if (end.exit_code != 0)
    return failure(ErrorCode::unavailable,
                   fmt::format("initdb of {}: {}", unfinished.string(), last_line(end.output)));
  fs::rename(unfinished, directory.data(), error);
  if (error) return failure(fmt::format("rename {}: {}", unfinished.string(), error.message()));
  return {};
}

// A PostgreSQL process works in its data directory; that tells it from any other process.
bool works_in(const fs::path& process, const fs::path& data) {
  std::error_code error;
  return fs::read_symlink(process / "cwd", error) == data &&
         fs::read_symlink(process / "exe", error).filename() == "postgres";
}

// Any process of a server on the data, the postmaster or a child.
std::optional<std::string> process_on(const fs::path& data) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error))
    if (std::isdigit(entry.path().filename().string().front()) != 0 && works_in(entry.path(), data))
      return entry.path().filename().string();
  return std::nullopt;
}

// What a running server says about itself in postmaster.pid.
struct Postmaster {
  pid_t pid = 0;
  std::string port;
  std::string socket_directory;
  bool ready = false;
};

// Nothing when no server runs on the data: the file may be left over, and its number may long be another
// process's.
std::optional<Postmaster> running_on(const fs::path& data) {
  std::ifstream in(data / "postmaster.pid");
  std::array<std::string, 8>
      lines;  // pid, data directory, start time, port, socket directory, host, memory, status
  for (auto& line : lines) std::getline(in, line);
  Postmaster found{.port = lines[3], .socket_directory = lines[4], .ready = lines[7].starts_with("ready")};
  const auto [end, broken] = std::from_chars(lines[0].data(), lines[0].data() + lines[0].size(), found.pid);
  if (broken != std::errc{} || found.pid <= 1) return std::nullopt;
  if (!works_in(fmt::format("/proc/{}", found.pid), data)) return std::nullopt;
  return found;
}

}  // namespace

struct PrivateCluster::State {
  explicit State(ClusterDirectory claimed) : directory(std::move(claimed)) {}

  ClusterDirectory directory;
  std::string superuser;
  fs::path data;
  fs::path log;
  fs::path socket;
  int port = kPort;
  pid_t postmaster = 0;
  bool adopted = false;

  std::string conninfo(const std::string& database, const std::string& user) const {
    return fmt::format("host={} port={} dbname={} user={}", as_value(socket.string()), port,
                       as_value(database), as_value(user));
  }
  // What it says before its own log is open.
  fs::path first_words() const { return log / "start.txt"; }
  // Asked only when it says it is ready: each refused attempt would be a FATAL line of its log.
  bool answers() const {
    const auto running = running_on(data);
    return running && running->ready &&
           PQping((conninfo("postgres", superuser) + " connect_timeout=2").c_str()) == PQPING_OK;
  }

  Status configure(const PrivateClusterOptions& options) const;
  Status adopt_or_start(const Clock& clock, Deadline deadline);
  Result<bool> comes_to_answer(const Clock& clock, Deadline deadline) const;
  Status start(const Clock& clock, Deadline deadline) const;
  Status stop(const Clock& clock, Deadline deadline) const;
};

Result<PrivateCluster> PrivateCluster::open(PrivateClusterOptions options, const Clock& clock,
                                            Deadline deadline) {
  TRY(auto superuser, our_account());
  TRY_OK(check_programs());
  TRY(auto directory, ClusterDirectory::claim(options.state_directory, options.name));
  auto state = std::make_unique<State>(std::move(directory));
  state->superuser = std::move(superuser);
  state->data = state->directory.data();
  state->log = state->directory.log();
  state->port = options.tcp_port.value_or(kPort);
  const auto initdb = initdb_of(state->directory.unfinished_data(), state->superuser, options.temporary);
  TRY_OK(make_data(state->directory, initdb, clock, deadline));
  TRY(state->socket, state->directory.socket_directory(state->port));
  TRY_OK(state->configure(options));
  TRY_OK(state->adopt_or_start(clock, deadline));
  return PrivateCluster(std::move(state));
}

PrivateCluster::PrivateCluster(std::unique_ptr<State> state) : state_(std::move(state)) {}
PrivateCluster::~PrivateCluster() = default;
PrivateCluster::PrivateCluster(PrivateCluster&&) noexcept = default;
PrivateCluster& PrivateCluster::operator=(PrivateCluster&&) noexcept = default;

Status PrivateCluster::State::configure(const PrivateClusterOptions& options) const {
  auto settings = default_settings();
  settings["log_directory"] = log;
  if (options.tcp_port) settings["listen_addresses"] = "127.0.0.1";
  for (const auto& [name, value] : options.settings) settings[name] = value;
  // These decide where we find the server, so nobody may change them.
  settings["port"] = std::to_string(port);
  settings["unix_socket_directories"] = socket;
  TRY_OK(internal::write_private_file(data / "postgresql.conf", configuration_of(settings)));
  return internal::write_private_file(data / "pg_hba.conf", login_rules(options));
}

Status PrivateCluster::State::adopt_or_start(const Clock& clock, Deadline deadline) {
  const auto found = running_on(data);
  if (found && found->port == std::to_string(port) && found->socket_directory == socket) {
    kill(found->pid, SIGHUP);
    TRY(adopted, comes_to_answer(clock, deadline));
  } else if (found) {
    TRY_OK(stop(clock, deadline));  // it serves at another place than we were asked for
  }
  if (!adopted) TRY_OK(start(clock, deadline));
  const auto running = running_on(data);
  if (!running) return failure(ErrorCode::unavailable, "our PostgreSQL ended as soon as it had started");
  postmaster = running->pid;
  return {};
}

// A server left over from before may be recovering, or on its way out; false when it ended.
Result<bool> PrivateCluster::State::comes_to_answer(const Clock& clock, Deadline deadline) const {
  while (!answers()) {
    const auto running = running_on(data);
    if (!running) return false;
    if (clock.left(deadline) <= Duration::zero())
      return failure(ErrorCode::timed_out,
                     fmt::format("our PostgreSQL runs as process {} but does not answer", running->pid));
    poll(nullptr, 0, kPauseMs);
  }
  return true;
}

Status PrivateCluster::State::start(const Clock& clock, Deadline deadline) const {
  // Children of a killed server keep its memory for a moment, and a start beside them is refused.
  while (const auto remnant = process_on(data)) {
    if (clock.left(deadline) <= Duration::zero())
      return failure(ErrorCode::timed_out,
                     fmt::format("process {} of our earlier PostgreSQL does not end", *remnant));
    poll(nullptr, 0, kPauseMs);
  }
  // A server also refuses to start beside a file that names a living process, whatever that process is.
  std::error_code error;
  const auto lock = fmt::format(".s.PGSQL.{}.lock", port);
  for (const auto& left_over : {data / "postmaster.pid", socket / lock, first_words()})
    fs::remove(left_over, error);
  TRY(const auto child,
      start_program({.arguments = {kPrograms / "postgres", "-D", data}, .output = first_words()}));
  while (!answers()) {
    if (waitpid(child, nullptr, WNOHANG) == child)
      return failure(ErrorCode::unavailable, fmt::format("our PostgreSQL did not start: {} (log: {})",
                                                         last_complaint(log), log.string()));
    if (clock.left(deadline) <= Duration::zero())
      return failure(ErrorCode::timed_out,
                     fmt::format("our PostgreSQL, process {}, starts too slowly", child));
    poll(nullptr, 0, kPauseMs);
  }
  return {};
}

Status PrivateCluster::State::stop(const Clock& clock, Deadline deadline) const {
  const auto found = running_on(data);
  if (!found) return {};
  // SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
  if (kill(found->pid, SIGINT) != 0 && errno != ESRCH)
    return failure(fmt::format("stop our PostgreSQL, process {}: {}", found->pid, std::strerror(errno)));
  // The process, not its file: that is removed a moment before the end.
  while (works_in(fmt::format("/proc/{}", found->pid), data)) {
    if (clock.left(deadline) <= Duration::zero())
      return failure(ErrorCode::timed_out,
                     fmt::format("our PostgreSQL, process {}, is still stopping", found->pid));
    poll(nullptr, 0, kPauseMs);
  }
  waitpid(found->pid, nullptr, 0);  // it is our child unless we adopted it; then this fails at once
  return {};
}

Status PrivateCluster::ensure_running(const Clock& clock, Deadline deadline) {
  if (running_on(state_->data)) return {};
  waitpid(state_->postmaster, nullptr, WNOHANG);  // it is our child unless we adopted it
  log::warning("our PostgreSQL in {} has ended: starting it again", state_->data.string());
  TRY_OK(state_->start(clock, deadline));
  const auto running = running_on(state_->data);
  if (!running) return failure(ErrorCode::unavailable, "our PostgreSQL ended as soon as it had started");
  state_->postmaster = running->pid;
  return {};
}

Status PrivateCluster::stop(const Clock& clock, Deadline deadline) { return state_->stop(clock, deadline); }

std::string PrivateCluster::conninfo(const std::string& database, const std::string& user) const {
  return state_->conninfo(database, user.empty() ? state_->superuser : user);
}
const std::string& PrivateCluster::superuser() const { return state_->superuser; }
const fs::path& PrivateCluster::socket_directory() const { return state_->socket; }
const fs::path& PrivateCluster::data_directory() const { return state_->data; }
const fs::path& PrivateCluster::log_directory() const { return state_->log; }
int PrivateCluster::port() const { return state_->port; }
pid_t PrivateCluster::postmaster_pid() const { return state_->postmaster; }
bool PrivateCluster::adopted() const { return state_->adopted; }

}  // namespace selfheal::store
