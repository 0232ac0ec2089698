#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace selfheal {

namespace asio = boost::asio;

// A coroutine that can fail. An awaited call stands alone: `auto rows = co_await run(probe, deadline);`.
// Parameters by value, or references to what outlives the whole chain of awaits.
template <class T>
using Task = asio::awaitable<Result<T>>;
using StatusTask = asio::awaitable<Status>;

// Owns the coroutines its owner started; nothing is detached. All calls on the executor's one thread.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor);
  ~TaskGroup();  // everything must have ended: call stop() first
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // Starts `work`. `name` is for the log line when it ends with an error, which is the only thing done with
  // it.
  void spawn(std::string name, StatusTask work);
  // Cancels every coroutine and waits until all have ended. Cancellation is ordinary: they clean up by
  // destructor.
  asio::awaitable<void> stop();
  std::size_t running() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the completion handlers, which may run after a failed stop
};

}  // namespace selfheal
