#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace selfheal::test {

struct PostgresOptions {
  // On top of the defaults of temporary_postgres.cpp: jsonlog by the collector, lc_messages C, UTC, fsync
  // off, 30 connections, deadlock_timeout 200 ms.
  std::map<std::string, std::string> settings;
  bool tcp = false;  // also listens on 127.0.0.1, on a free port below the ephemeral range
  // The whole pg_hba.conf; empty: trust for everybody.
  std::string hba = {};
  // Where the server finds the locales of lc_messages; empty: those of the system.
  std::filesystem::path locales = {};
};

enum class StopMode { fast, immediate };

// A PostgreSQL server of its own, in a directory of its own, for one test. The constructor returns when it
// answers; the destructor ends it and removes everything, and so does a watchdog when the test program dies.
// The superuser and the first database are both called "postgres". Its processes run as the account
// `postgres` when the tests run as root. Ends the test program with a message when PostgreSQL cannot be
// started.
class TemporaryPostgres {
 public:
  explicit TemporaryPostgres(PostgresOptions options = {});
  ~TemporaryPostgres();
  TemporaryPostgres(const TemporaryPostgres&) = delete;
  TemporaryPostgres& operator=(const TemporaryPostgres&) = delete;

  // By unix socket.
  std::string conninfo(const std::string& database = "postgres", const std::string& user = "postgres") const;
  std::string tcp_conninfo(const std::string& database = "postgres",
                           const std::string& user = "postgres") const;
  std::uint16_t port() const;  // also names the unix socket
  std::filesystem::path socket_directory() const;
  std::filesystem::path data_directory() const;
  std::filesystem::path log_directory() const;
  // The json log being written now, by the server's current_logfiles; empty when there is none.
  std::filesystem::path json_log() const;

  void start();  // returns when it answers
  void stop(StopMode mode = StopMode::fast);
  void restart(StopMode mode = StopMode::fast);
  void kill9();  // the postmaster; its children follow by themselves, and this waits for them
  bool running() const;
  int postmaster_pid() const;  // 0 when stopped
  // Writes the setting to postgresql.conf; the caller reloads or restarts.
  void set(const std::string& setting, const std::string& value);
  void reload();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::test
