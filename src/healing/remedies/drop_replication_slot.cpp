#include "healing/remedies/drop_replication_slot.h"

#include <fmt/format.h>

#include "pg/identifier.h"

namespace selfheal::healing {

const RemedyKind kDropReplicationSlot{
    .name = "drop_replication_slot",
    .title = "Drop a replication slot that nobody reads",
    .level = Level::approval,
    .risk =
        "its consumer, if it still lives, can never go on from where it was and must be built anew: ask its "
        "owner first",
    .lock = "none",
    .who_notices = "the consumer of the slot, should it come back",
    .undo = "none: a new slot of that name begins at the present and misses what was written meanwhile",
};

Remedy drop_replication_slot(const AbandonedSlot& slot) {
  const Guard guard{
      .condition =
          "s.slot_name = $1::name AND NOT s.active AND s.slot_type = $2 AND s.restart_lsn IS NOT DISTINCT "
          "FROM "
          "$3::pg_lsn",
      .in_words = fmt::format("the {} slot {} is still inactive and still stands at {}", slot.slot_type,
                              slot.slot, slot.restart_lsn.empty() ? "no position" : slot.restart_lsn),
  };
  const Step step{
      .sql =
          "SELECT pg_drop_replication_slot(s.slot_name) FROM pg_replication_slots s WHERE " + guard.condition,
      .params = {slot.slot, slot.slot_type,
                 slot.restart_lsn.empty() ? std::optional<std::string>() : std::optional(slot.restart_lsn)},
      .shown = fmt::format("SELECT pg_drop_replication_slot({});", pg::quote_literal(slot.slot)),
  };
  return Remedy(guard, step,
                {.kind = &kDropReplicationSlot,
                 .target = "slot " + slot.slot,
                 .target_key = "slot:" + slot.slot,
                 .database = slot.database,
                 .person_why = slot.person_why});
}

}  // namespace selfheal::healing
