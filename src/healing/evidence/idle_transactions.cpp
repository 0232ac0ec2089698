#include "healing/evidence/idle_transactions.h"

namespace selfheal::healing {
namespace {

IdleTransactionRow read(RowReader& row) {
  return {.pid = static_cast<int>(row.number("pid")),
          .backend_start = row.time("backend_start"),
          .xact_start = row.time("xact_start"),
          .state_change = row.time("state_change"),
          .state = row.text("state"),
          .backend_type = row.text("backend_type"),
          .user = row.text("user_name"),
          .application = row.text("application"),
          .database = row.text("database"),
          .protected_role = row.boolean("protected_role"),
          .last_statement = row.text("last_statement")};
}

}  // namespace

Result<std::vector<IdleTransactionRow>> idle_transactions(const Evidence& evidence) {
  return rows_of(evidence, "idle_transactions", read);
}

}  // namespace selfheal::healing
