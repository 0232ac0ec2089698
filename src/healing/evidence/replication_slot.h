#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// The row of replication_slot.sql; none when the slot is gone.
struct ReplicationSlotRow {
  std::string slot;
  std::string slot_type;  // physical, logical
  std::string plugin;     // of a logical one
  std::string database;
  bool is_active = false;
  bool is_synced = false;  // kept in step with the primary's by the server itself (17)
  std::string wal_status;  // reserved, extended, unreserved, lost
  std::string restart_lsn;
  std::int64_t retained_bytes = 0;
  bool is_oldest = false;                      // no other slot keeps older WAL
  std::int64_t keep_limit_bytes = 0;           // max_slot_wal_keep_size; negative: none
  std::int64_t wal_keep_bytes = 0;             // wal_keep_size
  std::optional<std::int64_t> wal_size_bytes;  // of pg_wal
  bool archiver_fails = false;
  std::optional<bool> may_act;  // nothing: nobody acts here, or it could not be told
};

Result<std::vector<ReplicationSlotRow>> replication_slot(const Evidence& evidence);

}  // namespace selfheal::healing
