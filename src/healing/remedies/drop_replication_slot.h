#pragma once

#include <string>

#include "healing/remedies/remedy.h"

namespace selfheal::healing {

extern const RemedyKind kDropReplicationSlot;

// A slot that nobody reads, as evidence found it.
struct AbandonedSlot {
  std::string database;  // where the act runs: a logical slot is dropped in its own
  std::string slot;
  std::string slot_type;
  std::string restart_lsn;  // empty: it keeps no WAL
  std::string person_why;   // see Remedy::Parts
};

// Drops it, while it is inactive and has not moved: a consumer that came back in between keeps its slot.
Remedy drop_replication_slot(const AbandonedSlot& slot);

}  // namespace selfheal::healing
