#include "sample/internal/sessions.h"

namespace selfheal::sample::internal {
namespace {

// How often a visitor who waits looks for a free place: a request takes a few milliseconds.
constexpr Duration kLook = 5ms;

}  // namespace

Task<Sessions::Place> Sessions::place(Deadline deadline) {
  while (free_ == 0) {
    if (clock_.left(deadline) <= Duration::zero())
      co_return failure(ErrorCode::unavailable, "too many visitors at once: try again");
    if (!co_await clock_.sleep(kLook)) co_return failure(ErrorCode::cancelled, "cancelled while waiting");
  }
  co_return Place(*this);
}

Task<std::unique_ptr<pg::Connection>> Sessions::open(Settings settings, Deadline deadline) const {
  if (closed_) co_return failure(ErrorCode::unavailable, "the sample application has ended");
  pg::ConnectOptions options{.name = "the sample application's database",
                             .conninfo = target_.conninfo_without_password,
                             .password = target_.password,
                             .application_name = std::string(kApplicationName),
                             .settings = std::move(settings)};
  auto connection = co_await pg::Connection::connect(std::move(options), deadline);
  co_return connection;
}

}  // namespace selfheal::sample::internal
