#pragma once

#include <string>

#include "base/time.h"
#include "healing/remedies/remedy.h"

namespace selfheal::healing {

extern const RemedyKind kTerminateSession;

// A session as evidence identified it: pid alone means nothing, pids are reused.
struct IdleSession {
  int pid = 0;
  Time backend_start{};
  Time xact_start{};
  Time state_change{};
  std::string user;
  std::string database;
};

// Ends a session that is idle in transaction. pg_cancel_backend does nothing to such a session (measured
// on 15.20: it answers true), so it has to be pg_terminate_backend. The guard holds the session to the very
// moment it went idle: had it run anything since, state_change would differ.
Remedy terminate_session(const IdleSession& session);

}  // namespace selfheal::healing
