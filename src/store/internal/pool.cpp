#include "store/internal/pool.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "base/log.h"

namespace selfheal::store {

struct Pool::Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  std::unique_ptr<pg::Connection> given;
  bool refused = false;
};

struct Pool::Bell {
  explicit Bell(const asio::any_io_executor& executor)
      : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
};

// A waiter's place in the queue. Leaves it, and gives back what was given, however the wait ends.
class Pool::Queued {
 public:
  Queued(Pool& pool, Waiter& waiter) : pool_(pool), waiter_(waiter) { pool_.waiters_.push_back(&waiter_); }
  ~Queued() {
    pool_.waiters_.remove(&waiter_);
    if (waiter_.given) pool_.give_back(std::move(waiter_.given));
  }
  Queued(const Queued&) = delete;
  Queued& operator=(const Queued&) = delete;

 private:
  Pool& pool_;
  Waiter& waiter_;
};

Pool::Pool(Options options, Clock& clock, Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      bell_(std::make_unique<Bell>(options_.executor)) {}

Pool::~Pool() = default;

StatusTask Pool::open(Deadline deadline) {
  while (connected_ < options_.size) {
    CO_TRY(auto connection, co_await pg::Connection::connect(options_.connect, deadline));
    ++connected_;
    offer(std::move(connection));
  }
  co_return Status();
}

StatusTask Pool::keep() {
  Duration pause = kReconnectFirst;
  for (;;) {
    if (connected_ == options_.size) {
      pause = kReconnectFirst;
      co_await bell_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
      if (closed_) co_return Status();
      continue;
    }
    auto connection = co_await pg::Connection::connect(options_.connect, clock_.deadline_in(kConnectTimeout));
    if (closed_) co_return Status();
    if (connection) {
      ++connected_;
      if (std::exchange(down_, false)) log::info("{}: connected again", options_.connect.name);
      offer(std::move(*connection));
      continue;
    }
    if (connection.error().code == ErrorCode::cancelled) co_return std::unexpected(connection.error());
    note_failure(connection.error());
    // Half of the pause is chance, so that many processes do not come back in the same moment.
    const auto jitter =
        Duration(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(pause.count()))));
    if (!co_await clock_.sleep(pause / 2 + jitter / 2)) co_return Status();
    pause = std::min(pause * 2, kReconnectMost);
  }
}

void Pool::close() {
  closed_ = true;
  connected_ -= idle_.size();
  idle_.clear();
  refuse_waiters();
  bell_->timer.cancel();
}

Task<Lease> Pool::take(Deadline deadline) {
  if (!reachable())
    co_return failure(ErrorCode::unavailable, options_.connect.name + " cannot be reached now");
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    co_return Lease(*this, std::move(connection));
  }
  if (waiters_.size() >= kPoolWaiters)
    co_return failure(ErrorCode::unavailable,
                      options_.connect.name + " is overloaded: too many calls wait for it");
  Waiter waiter(options_.executor);
  const Queued place(*this, waiter);
  waiter.timer.expires_at(deadline.moment());
  co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (waiter.given) co_return Lease(*this, std::move(waiter.given));
  if (waiter.refused)
    co_return failure(ErrorCode::unavailable, options_.connect.name + " cannot be reached now");
  if (clock_.left(deadline) > Duration{}) co_return failure(ErrorCode::cancelled, "no longer wanted");
  co_return failure(ErrorCode::timed_out, options_.connect.name + ": no connection was free in time");
}

void Pool::offer(std::unique_ptr<pg::Connection> connection) {
  const auto waiter =
      std::ranges::find_if(waiters_, [](const Waiter* w) { return !w->given && !w->refused; });
  if (waiter == waiters_.end()) {
    idle_.push_back(std::move(connection));
    return;
  }
  (*waiter)->given = std::move(connection);
  (*waiter)->timer.cancel();
}

void Pool::give_back(std::unique_ptr<pg::Connection> connection) {
  if (!closed_ && connection->usable() && !connection->in_transaction()) {
    offer(std::move(connection));
    return;
  }
  if (!connection->usable()) {
    // Most often the server went away, and then the idle ones are broken too without knowing it. They are
    // replaced, so that the first call after a restart does not meet them.
    connected_ -= idle_.size();
    idle_.clear();
  }
  --connected_;
  bell_->timer.cancel();
}

void Pool::note_failure(const Error& error) {
  if (connected_ > 0 || down_) return;
  down_ = true;
  log::warning("{}: connection lost: {}", options_.connect.name, error.message);
  refuse_waiters();
}

void Pool::refuse_waiters() {
  for (auto* waiter : waiters_) {
    if (waiter->given) continue;
    waiter->refused = true;
    waiter->timer.cancel();
  }
}

Lease::~Lease() {
  if (connection_) pool_->give_back(std::move(connection_));
}

}  // namespace selfheal::store
