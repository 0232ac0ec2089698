#include "api/internal/runs.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/check.h"
#include "base/random.h"

namespace selfheal::api {

struct Runs::Run::Bell {
  explicit Bell(asio::any_io_executor executor) : timer(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;  // never expires; cancelling it wakes who waits
};

Runs::Run::Run(Runs& runs, std::string id, std::string owner, asio::any_io_executor executor)
    : runs_(runs), id_(std::move(id)), owner_(std::move(owner)), bell_(std::make_unique<Bell>(executor)) {
  runs_.runs_.emplace(id_, this);
}

Runs::Run::~Run() { runs_.runs_.erase(id_); }

void Runs::Run::stop() {
  is_stopped_ = true;
  bell_->timer.cancel();
}

asio::awaitable<void> Runs::Run::stopped() {
  while (!is_stopped_) co_await bell_->timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

Runs::~Runs() { CHECK(runs_.empty()); }

std::unique_ptr<Runs::Run> Runs::begin(std::string owner, asio::any_io_executor executor) {
  if (runs_.size() >= kRunsAtOnce) return nullptr;
  return std::make_unique<Run>(*this, "run-" + random_token().substr(0, 24), std::move(owner), executor);
}

bool Runs::stop(const std::string& id, const std::string& owner) {
  const auto found = runs_.find(id);
  if (found == runs_.end() || found->second->owner_ != owner) return false;
  found->second->stop();
  return true;
}

}  // namespace selfheal::api
