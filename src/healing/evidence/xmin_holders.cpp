#include "healing/evidence/xmin_holders.h"

namespace selfheal::healing {
namespace {

XminHolderRow read(RowReader& row) {
  return {.slot = row.text("slot"),
          .catalog_only = row.boolean("catalog_only"),
          .xmin_age = row.number("xmin_age"),
          .pid = static_cast<int>(row.number("pid")),
          .backend_start = row.time("backend_start"),
          .xact_start = row.time("xact_start"),
          .state_change = row.time("state_change"),
          .state = row.text("state"),
          .backend_type = row.text("backend_type"),
          .user = row.text("user_name"),
          .application = row.text("application"),
          .database = row.text("database"),
          .protected_role = row.boolean("protected_role"),
          .has_advisory_lock = row.boolean("has_advisory_lock"),
          .dead_rows = row.number("dead_rows")};
}

}  // namespace

Result<std::vector<XminHolderRow>> xmin_holders(const Evidence& evidence) {
  return rows_of(evidence, "xmin_holders", read);
}

}  // namespace selfheal::healing
