#include "pg/internal/link.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "base/check.h"

namespace selfheal::pg::internal {

struct Link::Watch {
  explicit Watch(const asio::any_io_executor& executor) : descriptor(executor), timer(executor) {}
  asio::posix::stream_descriptor descriptor;
  asio::steady_timer timer;
};

namespace {

// The first of the operations to complete decides; when even it was aborted, the whole wait was cancelled.
template <std::size_t count>
Wake wake_of(const std::array<std::size_t, count>& order,
             const std::array<boost::system::error_code, count>& errors) {
  const auto first = order[0];
  if (errors[first] == asio::error::operation_aborted) return Wake::cancelled;
  return first == count - 1 ? Wake::deadline : Wake::ready;
}

template <class Descriptor, class Timer>
asio::awaitable<Wake> wait_for(Descriptor& descriptor, asio::posix::descriptor_base::wait_type what,
                               Timer& timer) {
  auto group = asio::experimental::make_parallel_group(descriptor.async_wait(what, asio::deferred),
                                                       timer.async_wait(asio::deferred));
  const auto [order, socket, time] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  co_return wake_of<2>(order, {socket, time});
}

struct FreeCancel {
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};

}  // namespace

Link::Link(PGconn* connection, const asio::any_io_executor& executor)
    : connection_(connection), watch_(std::make_unique<Watch>(executor)) {
  CHECK(connection != nullptr);
}

Link::~Link() { close(); }

Status Link::watch() {
  boost::system::error_code error;
  watch_->descriptor.assign(PQsocket(connection_), error);
  if (error) return failure("watch the socket: " + error.message());
  return {};
}

// The socket belongs to libpq, so it is never closed here.
void Link::unwatch() {
  if (watch_ && watch_->descriptor.is_open()) watch_->descriptor.release();
}

asio::awaitable<Wake> Link::readable(Deadline::Moment until) {
  watch_->timer.expires_at(until);
  co_return co_await wait_for(watch_->descriptor, asio::posix::descriptor_base::wait_read, watch_->timer);
}

asio::awaitable<Wake> Link::writable(Deadline::Moment until) {
  watch_->timer.expires_at(until);
  co_return co_await wait_for(watch_->descriptor, asio::posix::descriptor_base::wait_write, watch_->timer);
}

asio::awaitable<Wake> Link::readable_or_writable(Deadline::Moment until) {
  using asio::posix::descriptor_base;
  watch_->timer.expires_at(until);
  auto group = asio::experimental::make_parallel_group(
      watch_->descriptor.async_wait(descriptor_base::wait_read, asio::deferred),
      watch_->descriptor.async_wait(descriptor_base::wait_write, asio::deferred),
      watch_->timer.async_wait(asio::deferred));
  const auto [order, read, write, time] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  co_return wake_of<3>(order, {read, write, time});
}

// Afterwards nothing refers to the loop any more, so a closed link may outlive it.
void Link::close() {
  unwatch();
  watch_.reset();
  PQfinish(connection_);
  connection_ = nullptr;
}

namespace {

// A descriptor of our own for the connection's socket: it tells when the server has hung up, also after libpq
// has closed its own.
class Socket {
 public:
  explicit Socket(PGconn* connection) : descriptor_(::fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 0)) {}
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  // Whether the server hangs up within that time. Reads nothing: what arrives is libpq's.
  bool hangs_up(std::chrono::milliseconds within) const {
    pollfd wanted{.fd = descriptor_, .events = POLLRDHUP, .revents = 0};
    return descriptor_ < 0 || ::poll(&wanted, 1, static_cast<int>(within.count())) != 0;
  }

 private:
  int descriptor_;
};

}  // namespace

void request_cancel(PGconn* connection) {
  static std::atomic<int> under_way = 0;
  std::unique_ptr<PGcancel, FreeCancel> cancel(PQgetCancel(connection));
  if (!cancel) return;
  if (++under_way > kCancelThreads) {
    --under_way;
    return;
  }
  // Without an answer, or without a thread, the closed socket has to do.
  try {
    std::thread asking([owned = std::move(cancel), socket = Socket(connection)] {
      std::array<char, 256> complaint{};
      int tries = 0;
      do PQcancel(owned.get(), complaint.data(), complaint.size());
      while (++tries < kCancelTries && !socket.hangs_up(kCancelPause));
      --under_way;
    });
    // NOLINTNEXTLINE(nothing_is_detached): joining would wait as long as a dead server stays silent
    asking.detach();
  } catch (const std::system_error&) {
    --under_way;
  }
}

std::size_t waiting_bytes(int socket) {
  int bytes = 0;
  return ioctl(socket, FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace selfheal::pg::internal
