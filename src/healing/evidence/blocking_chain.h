#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of blocking_chain.sql: the waiter waits for the blocker now.
struct BlockingRow {
  int waiter_pid = 0;
  Time waiter_start{};
  std::string waiter_application;
  int blocker_pid = 0;  // 0: a prepared transaction
  Time blocker_start{};
  Time blocker_xact_start{};
  std::string blocker_state;
  std::string lock_type;
  std::string lock_mode;
  std::string relation;
};

Result<std::vector<BlockingRow>> blocking_chain(const Evidence& evidence);

}  // namespace selfheal::healing
