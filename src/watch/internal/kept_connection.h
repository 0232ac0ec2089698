#pragma once

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "pg/connection.h"
#include "pg/connection_string.h"
#include "watch/internal/turnstile.h"

namespace selfheal::watch::internal {

// One connection that is opened at start and kept, so that it is there when the server has no slot left. One
// user at a time. Nothing but the loss of the connection closes it.
class KeptConnection {
 public:
  struct Options {
    pg::ConnectOptions connect;
    std::string setup;      // script for each new session, before anybody uses it
    int least_version = 0;  // 140000; an older server is refused
  };

  // The connection while its user has it. Neither the object nor a reference out of it outlives the
  // KeptConnection.
  class Use {
   public:
    Use(KeptConnection& kept, Turnstile::Turn turn) : kept_(&kept), turn_(std::move(turn)) {}
    ~Use() {
      if (kept_ != nullptr && !kept_->connection_->usable()) kept_->lost();
    }
    Use(Use&& other) noexcept : kept_(std::exchange(other.kept_, nullptr)), turn_(std::move(other.turn_)) {}
    Use& operator=(Use&&) = delete;
    pg::Connection& operator*() const { return *kept_->connection_; }
    pg::Connection* operator->() const { return kept_->connection_.get(); }

   private:
    KeptConnection* kept_;
    Turnstile::Turn turn_;
  };

  KeptConnection(Options options, Clock& clock, const asio::any_io_executor& executor);

  // Connects, looks after the connection while nobody uses it, and connects again. Until cancelled.
  StatusTask keep();
  // unavailable at once while there is no connection, timed_out when others have it until the deadline.
  Task<Use> borrow(Deadline deadline);

  bool up() const { return up_; }
  bool tried() const { return tried_; }            // whether the first attempt to connect has ended
  const std::string& why() const { return why_; }  // the last attempt or loss, while not up
  Time since() const { return since_; }            // of `up`
  // Another number for each session, from 1; 0 before the first.
  std::int64_t session() const { return session_; }
  // Of the present session, or the last one.
  const std::string& database() const { return database_; }
  bool sees_all_sessions() const { return sees_all_sessions_; }
  const std::string& server_version() const { return server_version_; }
  bool in_recovery() const;

 private:
  StatusTask open();
  StatusTask set_up(pg::Connection& connection, Deadline deadline);
  asio::awaitable<void> look_after();
  void lost();
  void note_down(const std::string& why);
  void note_up();

  Options options_;
  Clock& clock_;
  Turnstile turnstile_;
  asio::steady_timer pause_;
  std::unique_ptr<pg::Connection> connection_;
  bool up_ = false;
  bool tried_ = false;
  std::string why_;
  Time since_;
  std::int64_t session_ = 0;
  std::string database_;
  bool sees_all_sessions_ = false;
  std::string server_version_;
};

// The target with another database; the same when `database` is empty.
std::string conninfo_for(const pg::ConnectionTarget& target, const std::string& database);

// Between two looks at a connection that nobody uses: a restart of the server is noticed within this.
inline constexpr Duration kHeartbeat = 1s;
// Long, because closing a connection to a server that is merely slow may lose the last slot.
inline constexpr Duration kHeartbeatTimeout = 10s;
inline constexpr Duration kFirstReconnect = 100ms;
inline constexpr Duration kLongestReconnect = 1s;

}  // namespace selfheal::watch::internal
