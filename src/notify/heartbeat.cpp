#include "notify/heartbeat.h"

#include "base/log.h"

namespace selfheal::notify {
namespace {

constexpr Duration kBeatTimeout = 20s;

}  // namespace

Heartbeat::Heartbeat(Secret url, Outbound& outbound, Clock& clock, Ailment ailment)
    : url_(std::move(url)), outbound_(outbound), clock_(clock), ailment_(std::move(ailment)) {
  state_.destination = host_of(url_.reveal_to_client());
}

asio::awaitable<void> Heartbeat::beat_once() {
  auto why = ailment_();
  if (why.empty()) {
    OutboundRequest request{.method = "GET", .url = url_};
    const auto answer = co_await outbound_.send(std::move(request), clock_.deadline_in(kBeatTimeout), clock_);
    const auto delivery = delivery_of(answer, clock_.now());
    if (delivery.outcome == Delivery::Outcome::delivered)
      state_.last_beat = clock_.now();
    else
      why = delivery.answer;
  }
  if (!why.empty() && state_.why.empty()) log::warning("the heartbeat is silent: {}", why);
  state_.why = std::move(why);
}

StatusTask Heartbeat::beat() {
  do {
    co_await beat_once();
  } while (co_await clock_.sleep(kHeartbeatEvery));
  co_return Status{};
}

}  // namespace selfheal::notify
