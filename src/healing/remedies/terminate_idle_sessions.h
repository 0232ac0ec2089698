#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "healing/remedies/remedy.h"

namespace selfheal::healing {

extern const RemedyKind kTerminateIdleSessions;

// A session outside any transaction, as evidence identified it.
struct LeakedSession {
  int pid = 0;
  Time backend_start{};
  Time state_change{};  // idle since; had it run anything, this would differ
};

struct Leak {
  std::string user;
  std::string application;
  std::vector<LeakedSession> sessions;  // not empty, at most kLeakedAtOnce; ended in this order
  // No more are ended once the server has so few connections.
  std::int64_t enough = 0;
};

// Ends idle sessions in batches of kLeakedBatch; the connections are counted anew before each batch.
Remedy terminate_idle_sessions(const Leak& leak);

// Small enough that a mistake in the count costs a pool no more than a hiccup.
inline constexpr std::size_t kLeakedBatch = 5;
// Twenty batches take about three seconds.
inline constexpr std::size_t kLeakedAtOnce = 100;

}  // namespace selfheal::healing
