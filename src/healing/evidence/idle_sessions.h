#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of idle_sessions.sql: a session that does nothing and holds no transaction.
struct IdleSessionRow {
  int pid = 0;
  Time backend_start{};
  Time state_change{};  // idle since
  std::string user;
  std::string application;
  std::string database;
  bool protected_role = true;  // superuser, replication, or a role we could not see
  bool waits_on_purpose = true;
};

// At most 1000, those that are idle for longest first.
Result<std::vector<IdleSessionRow>> idle_sessions(const Evidence& evidence);

}  // namespace selfheal::healing
