#pragma once

#include <functional>
#include <optional>

#include "notify/heartbeat.h"
#include "notify/notifier.h"
#include "notify/ports.h"

namespace selfheal::api {

// What the API needs to show, test and silence notifications. Everything outlives the Api.
struct TellingPeople {
  notify::Notifier& notifier;
  notify::Outbox& outbox;
  notify::Mutes& mutes;
  std::function<std::optional<notify::Heartbeat::State>()> heartbeat;
};

}  // namespace selfheal::api
