#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of idle_transactions.sql: a session idle in an open transaction.
struct IdleTransactionRow {
  int pid = 0;
  Time backend_start{};
  Time xact_start{};
  Time state_change{};
  std::string state;
  std::string backend_type;
  std::string user;
  std::string application;
  std::string database;
  bool protected_role = true;  // superuser, replication, or a role we could not see
  std::string last_statement;  // raw
};

Result<std::vector<IdleTransactionRow>> idle_transactions(const Evidence& evidence);

}  // namespace selfheal::healing
