#include "healing/evidence/idle_sessions.h"

namespace selfheal::healing {
namespace {

IdleSessionRow read(RowReader& row) {
  return {.pid = static_cast<int>(row.number("pid")),
          .backend_start = row.time("backend_start"),
          .state_change = row.time("state_change"),
          .user = row.text("user_name"),
          .application = row.text("application"),
          .database = row.text("database"),
          .protected_role = row.boolean("protected_role"),
          .waits_on_purpose = row.boolean("waits_on_purpose")};
}

}  // namespace

Result<std::vector<IdleSessionRow>> idle_sessions(const Evidence& evidence) {
  return rows_of(evidence, "idle_sessions", read);
}

}  // namespace selfheal::healing
