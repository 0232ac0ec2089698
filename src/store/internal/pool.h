#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <list>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/task.h"
#include "pg/connection.h"

namespace selfheal::store {

// Callers that wait for a connection; beyond that the store is overloaded and says so. A statement of ours
// takes a few milliseconds, so the last of 64 still waits well under a second.
inline constexpr std::size_t kPoolWaiters = 64;
// The first try to reconnect comes soon, since most losses are a restart; never later than a second, so that
// the store is back within five seconds of its server even when a try must first time out.
inline constexpr Duration kReconnectFirst = 50ms;
inline constexpr Duration kReconnectMost = 1s;

class Lease;

// Connections to the store's server that reconnect by themselves. All calls on the executor's one thread.
// Once a try to reconnect failed and no connection is left, take() fails with `unavailable` at once.
class Pool {
 public:
  struct Options {
    asio::any_io_executor executor;
    pg::ConnectOptions connect;
    std::size_t size = 1;
  };
  Pool(Options options, Clock& clock, Random& random);
  ~Pool();  // after close(); no lease may be left
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Connects all, or fails; to be called once, first.
  StatusTask open(Deadline deadline);
  // Reconnects what was lost, until cancelled. Its owner runs it in a TaskGroup.
  StatusTask keep();
  // Ends idle connections and refuses waiters and all further calls with `unavailable`.
  void close();

  // A connection in no transaction. timed_out: none was free before the deadline.
  Task<Lease> take(Deadline deadline);
  bool reachable() const { return !down_ && !closed_; }

 private:
  friend class Lease;
  struct Waiter;
  class Queued;
  void give_back(std::unique_ptr<pg::Connection> connection);
  void offer(std::unique_ptr<pg::Connection> connection);
  void note_failure(const Error& error);
  void refuse_waiters();

  Options options_;
  Clock& clock_;
  Random& random_;
  std::vector<std::unique_ptr<pg::Connection>> idle_;
  std::list<Waiter*> waiters_;
  std::size_t connected_ = 0;  // idle and lent
  bool down_ = false;          // no connection is left and the last try to reconnect failed
  bool closed_ = false;
  struct Bell;
  std::unique_ptr<Bell> bell_;  // wakes keep()
};

// A connection for as long as the lease lives; then it goes back, or is closed when it is broken or was left
// in the middle of a transaction.
class Lease {
 public:
  Lease(Pool& pool, std::unique_ptr<pg::Connection> connection)
      : pool_(&pool), connection_(std::move(connection)) {}
  ~Lease();
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&&) = delete;

  pg::Connection& operator*() const { return *connection_; }
  pg::Connection* operator->() const { return connection_.get(); }

 private:
  Pool* pool_;
  std::unique_ptr<pg::Connection> connection_;
};

}  // namespace selfheal::store
