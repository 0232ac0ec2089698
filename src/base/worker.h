#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace selfheal {

// Threads for work that blocks or takes long: SQL parsing of hostile text, host name look-ups, password
// hashes. Each has a 64 MB stack, because libpg_query recurses over the parse tree.

class WorkerPool {
 public:
  explicit WorkerPool(int threads);
  ~WorkerPool();  // finishes what was queued
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs `work` on a worker and comes back on the calling coroutine's executor.
  boost::asio::awaitable<void> run(std::function<void()> work);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// auto facts = co_await on_worker(pool, [text] { return statement_facts(text); });
template <class Work>
boost::asio::awaitable<std::invoke_result_t<Work&>> on_worker(WorkerPool& pool, Work work) {
  std::optional<std::invoke_result_t<Work&>> answer;
  std::function<void()> call = [&answer, &work] { answer.emplace(work()); };
  co_await pool.run(std::move(call));
  co_return *std::move(answer);
}

}  // namespace selfheal
