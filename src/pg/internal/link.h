#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>

#include "base/clock.h"
#include "base/task.h"

namespace selfheal::pg::internal {

enum class Wake { ready, deadline, cancelled };

// A libpq connection and the waits on its socket, on one executor. libpq may replace the socket while it
// connects, so the socket is watched only between its steps.
class Link {
 public:
  // Takes over `connection`, which is not null.
  Link(PGconn* connection, const asio::any_io_executor& executor);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Null after close(). PQfinish is close()'s business.
  PGconn* get() const { return connection_; }
  // From now on until unwatch() or close() the waits may be used. Fails when the system refuses.
  Status watch();
  void unwatch();
  asio::awaitable<Wake> readable(Deadline::Moment until);
  asio::awaitable<Wake> writable(Deadline::Moment until);
  asio::awaitable<Wake> readable_or_writable(Deadline::Moment until);
  void close();

 private:
  struct Watch;
  PGconn* connection_;
  std::unique_ptr<Watch> watch_;
};

// What the socket holds for us; 0 when it does not say.
std::size_t waiting_bytes(int socket);

// Asks the server to cancel what `connection` runs, without waiting for it: libpq's PQcancel blocks, for ever
// if the server accepts and stays silent, so it runs on a thread of its own that shares nothing with anybody.
// At most kCancelThreads of them are under way; beyond that nothing is asked. The caller closes the
// connection once it no longer waits for an answer: until the server hangs up it is asked again, because a
// backend that has not yet begun the statement ignores the request (ProcessInterrupts in postgres.c) and
// would then run it.
void request_cancel(PGconn* connection);

// More at once means that no server answers them, and asking again would not help.
inline constexpr int kCancelThreads = 8;
// A backend that waits for a CPU begins within a second or so.
inline constexpr int kCancelTries = 15;
inline constexpr std::chrono::milliseconds kCancelPause{100};

}  // namespace selfheal::pg::internal
