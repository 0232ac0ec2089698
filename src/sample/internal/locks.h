#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/task.h"
#include "pg/connection.h"
#include "sample/application.h"
#include "sample/internal/sessions.h"

namespace selfheal::sample::internal {

// The pairs of a session that forgot its transaction and one that waits for it.
class Locks {
 public:
  // Both outlive it.
  Locks(asio::any_io_executor executor, const Sessions& sessions, Clock& clock)
      : sessions_(sessions), clock_(clock), tasks_(std::move(executor)) {}

  // Returns when the first session holds its row and the second is about to ask for it. conflict:
  // kLocksAtOnce wait already.
  StatusTask hold(Deadline deadline);
  std::vector<Lock> list() const;  // newest first
  void clear_up();
  asio::awaitable<void> stop();

 private:
  struct Pair {
    Lock lock;
    std::unique_ptr<pg::Connection> holder = nullptr;  // idle in its transaction; null once it was let go
    bool is_cleared = false;
  };
  class Draft;

  std::string free_row() const;
  StatusTask ask(Pair& pair);
  StatusTask wait(Pair& pair);
  StatusTask let_go(Pair& pair);
  void forget_old();

  const Sessions& sessions_;
  Clock& clock_;
  std::list<Pair> pairs_;  // oldest first; a list, because tasks refer to its elements
  int last_number_ = 0;
  TaskGroup tasks_;
};

}  // namespace selfheal::sample::internal
