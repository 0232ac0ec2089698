#include "healing/evidence/replication_slot.h"

namespace selfheal::healing {
namespace {

ReplicationSlotRow read(RowReader& row) {
  return {.slot = row.text("slot"),
          .slot_type = row.text("slot_type"),
          .plugin = row.text("plugin"),
          .database = row.text("database"),
          .is_active = row.boolean("is_active"),
          .is_synced = row.boolean("is_synced"),
          .wal_status = row.text("wal_status"),
          .restart_lsn = row.text("restart_lsn"),
          .retained_bytes = row.number("retained_bytes"),
          .is_oldest = row.boolean("is_oldest"),
          .keep_limit_bytes = row.number("keep_limit_bytes"),
          .wal_keep_bytes = row.number("wal_keep_bytes"),
          .wal_size_bytes = row.optional_number("wal_size_bytes"),
          .archiver_fails = row.boolean("archiver_fails"),
          .may_act = row.optional_boolean("may_act")};
}

}  // namespace

Result<std::vector<ReplicationSlotRow>> replication_slot(const Evidence& evidence) {
  return rows_of(evidence, "replication_slot", read);
}

}  // namespace selfheal::healing
