#include "healing/evidence/connection_slots.h"

namespace selfheal::healing {
namespace {

ConnectionSlots read(RowReader& row) {
  return {.allowed = row.number("allowed"),
          .used = row.number("used"),
          .idle = row.number("idle"),
          .idle_in_transaction = row.number("idle_in_transaction"),
          .active = row.number("active"),
          .waiting = row.number("waiting")};
}

}  // namespace

Result<ConnectionSlots> connection_slots(const Evidence& evidence) {
  TRY(auto rows, rows_of(evidence, "connection_slots", read));
  if (rows.empty()) return failure("probe connection_slots: there is no row");
  return rows.front();
}

}  // namespace selfheal::healing
