#include "healing/evidence/blocking_chain.h"

namespace selfheal::healing {
namespace {

BlockingRow read(RowReader& row) {
  return {.waiter_pid = static_cast<int>(row.number("waiter_pid")),
          .waiter_start = row.time("waiter_start"),
          .waiter_application = row.text("waiter_application"),
          .blocker_pid = static_cast<int>(row.number("blocker_pid")),
          .blocker_start = row.time("blocker_start"),
          .blocker_xact_start = row.time("blocker_xact_start"),
          .blocker_state = row.text("blocker_state"),
          .lock_type = row.text("lock_type"),
          .lock_mode = row.text("lock_mode"),
          .relation = row.text("relation")};
}

}  // namespace

Result<std::vector<BlockingRow>> blocking_chain(const Evidence& evidence) {
  return rows_of(evidence, "blocking_chain", read);
}

}  // namespace selfheal::healing
