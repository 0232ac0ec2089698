#include "base/worker.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "base/limits.h"
#include "base/thread.h"

namespace selfheal {

namespace asio = boost::asio;

struct WorkerPool::State {
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> guard = asio::make_work_guard(context);
  std::vector<Thread> threads;
};

WorkerPool::WorkerPool(int threads) : state_(std::make_unique<State>()) {
  for (int i = 0; i < threads; ++i)
    state_->threads.emplace_back("worker", kWorkerStackBytes,
                                 [state = state_.get()] { state->context.run(); });
}

WorkerPool::~WorkerPool() {
  state_->guard.reset();
  state_->threads.clear();
}

asio::awaitable<void> WorkerPool::run(std::function<void()> work) {
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [state = state_.get(), call = std::move(work)](auto handler) mutable {
        auto home = asio::get_associated_executor(handler);
        asio::post(state->context, [done = std::move(handler), home, call = std::move(call)]() mutable {
          call();
          asio::post(home, std::move(done));
        });
      },
      asio::use_awaitable);
}

}  // namespace selfheal
