#pragma once

#include <optional>
#include <set>
#include <vector>

#include "model/recording.h"

// Who blocked whom, read from the flight recorder's samples. Pure functions.
namespace selfheal::healing {

// A session that blocked others and waited for nobody itself.
struct Root {
  SessionSeen session;
  Time seen_at{};                    // of the sample
  std::vector<SessionSeen> victims;  // who waited for it, directly or through others, in that sample
  std::string relation;              // of the lock waited for, when it is on one
  Time oldest_wait{};                // since when the longest waiting victim waits
};

// The roots of one sample, most victims first. A cycle (a deadlock in the making) has none.
std::vector<Root> roots(const BlockingSample& sample);

// The roots behind the session `pid` that failed at `at`, from the last sample before it in which it waited;
// empty when the recorder never saw it wait within `reach` before `at`.
std::vector<Root> roots_behind(const Recording& recording, int pid, Time session_start, Time at,
                               Duration reach);

// The last sample before `at` in which that session waited; null when the recorder never saw it wait within
// `reach` before. It points into the recording.
const BlockingSample* last_wait(const Recording& recording, int pid, Time session_start, Time at,
                                Duration reach);

// Everybody whom `pid` waits for, directly or through others.
std::set<int> ahead_of(const BlockingSample& sample, int pid);

// The shortest circle of waits through `pid`, each waiting for the next one and the last for the first: a
// deadlock. Empty when there is none.
std::vector<BlockingEdge> circle_through(const BlockingSample& sample, int pid);

bool same_session(const SessionSeen& a, const SessionSeen& b);

}  // namespace selfheal::healing
