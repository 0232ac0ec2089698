#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace selfheal {

// One session as the flight recorder saw it. Identity is pid + backend_start: pids are reused.
struct SessionSeen {
  int pid = 0;  // 0: a prepared transaction, which has no session
  Time backend_start{};
  Time xact_start{};    // of its current transaction
  Time state_change{};  // when it entered `state`
  std::string state;    // PostgreSQL's word: active, idle in transaction, …
  std::string backend_type;
  std::string user;
  std::string application;
  std::string database;
  std::string client_address;
  std::string query;  // raw text: the current or last statement
};

// A waits for B.
struct BlockingEdge {
  SessionSeen waiter;
  SessionSeen blocker;
  Time waiting_since{};
  std::string lock_type;  // pg_locks.locktype: transactionid, tuple, relation, …
  std::string lock_mode;
  std::string relation;  // schema.table when the lock is on one, else empty
};

// Everyone who waited for a lock at one moment.
struct BlockingSample {
  Time at{};
  std::vector<BlockingEdge> edges;
};

// The flight recorder's excerpt that an incident takes with it: the 60 s before, oldest first. `gap` is the
// longest time between two looks in it; more than the nominal period means the server or we were slow, and
// "nobody waited" is then not proven.
struct Recording {
  std::vector<BlockingSample> samples;
  Duration gap{};
  bool complete = false;  // false: the recorder was not running for all of the span
};

}  // namespace selfheal
