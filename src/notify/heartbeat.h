#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "notify/outbound.h"

namespace selfheal::notify {

// Tells somebody elsewhere once a minute that we live; that somebody raises the alarm when it stops. Nobody
// else can say that we are dead. Silent when something is wrong with us.
class Heartbeat {
 public:
  // Why we are not well, or empty.
  using Ailment = std::function<std::string()>;

  // `url` is asked for with GET. `outbound` and `clock` outlive it.
  Heartbeat(Secret url, Outbound& outbound, Clock& clock, Ailment ailment);

  // Until it is cancelled.
  StatusTask beat();

  struct State {
    std::string destination;
    std::optional<Time> last_beat;  // that got through
    std::string why;                // the last minute brought none
  };
  const State& state() const { return state_; }

 private:
  asio::awaitable<void> beat_once();

  Secret url_;
  Outbound& outbound_;
  Clock& clock_;
  Ailment ailment_;
  State state_;
};

inline constexpr Duration kHeartbeatEvery = 1min;

}  // namespace selfheal::notify
