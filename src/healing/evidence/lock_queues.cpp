#include "healing/evidence/lock_queues.h"

namespace selfheal::healing {
namespace {

LockQueueRow read(RowReader& row) {
  return {.pid = static_cast<int>(row.number("pid")),
          .backend_start = row.time("backend_start"),
          .query_start = row.time("query_start"),
          .waiting_since = row.time("waiting_since"),
          .lock_mode = row.text("lock_mode"),
          .database_oid = row.number("database_oid"),
          .table_oid = row.number("table_oid"),
          .relation = row.text("relation"),
          .user = row.text("user_name"),
          .application = row.text("application"),
          .database = row.text("database"),
          .backend_type = row.text("backend_type"),
          .protected_role = row.boolean("protected_role"),
          .is_schema_change = row.boolean("is_schema_change"),
          .loses_work = row.boolean("loses_work"),
          .held_up = row.number("held_up"),
          .held_up_since = row.time("held_up_since")};
}

}  // namespace

Result<std::vector<LockQueueRow>> lock_queues(const Evidence& evidence) {
  return rows_of(evidence, "lock_queues", read);
}

}  // namespace selfheal::healing
