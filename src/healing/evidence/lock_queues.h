#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// One row of lock_queues.sql: a session that waits for a lock on a whole table.
struct LockQueueRow {
  int pid = 0;
  Time backend_start{};
  Time query_start{};
  Time waiting_since{};
  std::string lock_mode;
  std::int64_t database_oid = 0;
  std::int64_t table_oid = 0;
  std::string relation;  // empty when it lies in another database
  std::string user;
  std::string application;
  std::string database;
  std::string backend_type;
  bool protected_role = true;     // superuser, replication, or a role we could not see
  bool is_schema_change = false;  // by its first words; false for LOCK TABLE and for what is not understood
  bool loses_work = true;         // its transaction holds more than this wait
  std::int64_t held_up = 0;       // sessions that only such waiters of this table block
  Time held_up_since{};
};

Result<std::vector<LockQueueRow>> lock_queues(const Evidence& evidence);

}  // namespace selfheal::healing
