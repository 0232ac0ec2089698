#pragma once

#include <memory>

#include "base/clock.h"
#include "base/task.h"
#include "http/internal/request_reader.h"
#include "http/router.h"
#include "http/server.h"

namespace selfheal::http {

// What the connections of one server share; outlives them.
struct Service {
  asio::any_io_executor executor;
  Clock& clock;
  ServerOptions options;
  Router router;
  ReaderLimits reader_limits;
  bool stopping = false;
};

// One client: reads its requests one after the other, has them answered, writes the answers. Waiting is
// bounded by a deadline that each step sets and look_after() enforces: one timer for the whole server instead
// of one a step.
class Connection {
 public:
  // Owns `descriptor`, a non-blocking stream socket.
  Connection(Service& service, int descriptor, Peer peer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Until the client or we close.
  StatusTask serve();
  // Ends what is overdue, pings event streams, notices clients of streams that have gone. Call it every now
  // and then.
  void look_after(Deadline::Moment now);
  // The server stops: closes when nothing is going on, ends an event stream, lets a request finish.
  void wind_down();
  // Closes now, and cancels the handler.
  void abort();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace selfheal::http
