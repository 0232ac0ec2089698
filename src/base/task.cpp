#include "base/task.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <list>

#include "base/check.h"
#include "base/log.h"

namespace selfheal {
namespace {

// What a coroutine that ended by exception tells: libraries throw, we do not. Cancellation is not an error.
std::string reason_of(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted ? "" : error.what();
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace

struct TaskGroup::State {
  explicit State(asio::any_io_executor e) : executor(e), all_ended(e) {}
  asio::any_io_executor executor;
  std::list<asio::cancellation_signal> signals;
  asio::steady_timer all_ended;  // never expires; cancelled when the last coroutine ends
};

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}

TaskGroup::~TaskGroup() = default;

std::size_t TaskGroup::running() const { return state_->signals.size(); }

void TaskGroup::spawn(std::string name, StatusTask work) {
  auto& state = *state_;
  const auto signal = state.signals.emplace(state.signals.end());
  asio::co_spawn(
      state.executor, std::move(work),
      asio::bind_cancellation_slot(
          signal->slot(), [owner = state_, signal, name](std::exception_ptr exception, Status status) {
            if (exception) {
              if (const auto reason = reason_of(exception); !reason.empty())
                log::error("{}: {}", name, reason);
            } else if (!status && status.error().code != ErrorCode::cancelled) {
              log::error("{}: {}", name, status.error().message);
            }
            owner->signals.erase(signal);
            if (owner->signals.empty()) owner->all_ended.cancel();
          }));
}

asio::awaitable<void> TaskGroup::stop() {
  const auto state = state_;
  // A coroutine may end inside emit(), which erases its signal: take the next one first.
  for (auto it = state->signals.begin(); it != state->signals.end();) {
    auto next = std::next(it);
    it->emit(asio::cancellation_type::terminal);
    it = next;
  }
  while (!state->signals.empty()) {
    state->all_ended.expires_at(asio::steady_timer::time_point::max());
    co_await state->all_ended.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

}  // namespace selfheal
