#include "pg/internal/lookup.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

namespace selfheal::pg::internal {
namespace {

using asio::ip::tcp;

// Shared with the resolver's handler, because a look-up cannot be interrupted: it may end long after we
// stopped waiting, and then only frees this.
struct LookUp {
  explicit LookUp(const asio::any_io_executor& executor) : resolver(executor), answered(executor) {}
  tcp::resolver resolver;
  asio::steady_timer answered;  // cancelled by the answer
  std::optional<boost::system::error_code> error;
  std::vector<std::string> addresses;
};

void start(const std::shared_ptr<LookUp>& look_up, const std::string& host) {
  look_up->resolver.async_resolve(
      host, "", [look_up](boost::system::error_code error, const tcp::resolver::results_type& results) {
        look_up->error = error;
        for (const auto& result : results)
          look_up->addresses.push_back(result.endpoint().address().to_string());
        look_up->answered.cancel();
      });
}

}  // namespace

Task<std::vector<std::string>> look_up(std::string host, Deadline deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const auto look_up = std::make_shared<LookUp>(executor);
  look_up->answered.expires_at(deadline.moment());
  start(look_up, host);
  const auto [stopped] = co_await look_up->answered.async_wait(asio::as_tuple(asio::use_awaitable));
  const auto what = fmt::format("look up {}", host);
  if (!look_up->error && stopped) co_return failure(ErrorCode::cancelled, what + ": cancelled");
  if (!look_up->error) co_return failure(ErrorCode::timed_out, what + ": no answer before the deadline");
  if (*look_up->error || look_up->addresses.empty())
    co_return failure(ErrorCode::unavailable, fmt::format("{}: {}", what, look_up->error->message()));
  co_return look_up->addresses;
}

}  // namespace selfheal::pg::internal
