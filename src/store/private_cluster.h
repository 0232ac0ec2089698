#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace selfheal::store {

// Who may log in through the unix socket, which only our own account can reach.
enum class LocalLogin {
  peer,   // our operating system account, under its own name: the store
  trust,  // any role, as the demonstration's application does
};

struct PrivateClusterOptions {
  // Where all our state is, outside any source tree: /var/lib/selfheal. Made when missing.
  std::filesystem::path state_directory;
  // Everything of the cluster is in <state_directory>/<name>: data, log, and the socket if its path fits.
  // Lower-case letters, digits and _.
  std::string name;
  // On top of the modest defaults of private_cluster.cpp; a setting of the same name wins. They reach a
  // server that was already running by a reload, so some only count from its next start.
  std::map<std::string, std::string> settings = {};
  LocalLogin login = LocalLogin::peer;
  // Also listens on 127.0.0.1 there: with passwords (scram-sha-256), or freely when `login` is trust.
  std::optional<std::uint16_t> tcp_port = {};
  // Removed before the machine could crash: what makes it does not wait for the disk, which takes seconds.
  bool temporary = false;
};

// A PostgreSQL server that we make and run ourselves: our own store, and the demonstration's watched server.
// All calls block, so none is made on a thread that runs an event loop; one call at a time. Only one process
// has it open at a time.
//
// The server runs in a session of its own, so that Ctrl-C reaches only us, and it outlives this object and
// this process: stop() ends it. A server left over from a process that was killed is adopted by the next
// open().
class PrivateCluster {
 public:
  // Returns when the server answers. Fails with unavailable when PostgreSQL 15 is not installed (naming the
  // package) or does not start (naming its log), refused when we are root or the directory is not ours,
  // conflict when another process has it open, timed_out when the deadline passes.
  static Result<PrivateCluster> open(PrivateClusterOptions options, const Clock& clock, Deadline deadline);
  ~PrivateCluster();
  PrivateCluster(PrivateCluster&&) noexcept;
  PrivateCluster& operator=(PrivateCluster&&) noexcept;

  // Starts the server again when it has ended, whoever ended it. Nothing to do is success, also when it hangs
  // or is still recovering. Fails like open().
  Status ensure_running(const Clock& clock, Deadline deadline);
  // Ends the server cleanly, disconnecting everybody, and waits for it. Nothing to do is success.
  Status stop(const Clock& clock, Deadline deadline);

  // By unix socket; an empty user is the superuser, who is called like our operating system account.
  std::string conninfo(const std::string& database = "postgres", const std::string& user = "") const;
  const std::string& superuser() const;
  const std::filesystem::path& socket_directory() const;
  const std::filesystem::path& data_directory() const;
  const std::filesystem::path& log_directory() const;
  int port() const;              // names the unix socket, and the TCP port if there is one
  pid_t postmaster_pid() const;  // as of open()
  bool adopted() const;          // it was running already

  struct State;
  explicit PrivateCluster(std::unique_ptr<State> state);  // open() is the only maker: nobody else has a State

 private:
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::store
