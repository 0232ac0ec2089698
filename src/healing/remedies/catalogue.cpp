#include "healing/remedies/catalogue.h"

#include "healing/remedies/advance_sequence.h"
#include "healing/remedies/analyze_table.h"
#include "healing/remedies/cancel_waiting_ddl.h"
#include "healing/remedies/create_partition.h"
#include "healing/remedies/drop_invalid_index.h"
#include "healing/remedies/drop_replication_slot.h"
#include "healing/remedies/grant_privilege.h"
#include "healing/remedies/terminate_idle_sessions.h"
#include "healing/remedies/terminate_session.h"

namespace selfheal::healing {

std::span<const RemedyKind* const> remedy_kinds() {
  // sorted
  static const RemedyKind* const kAll[] = {
      &kAdvanceSequence,
      &kAnalyzeTable,
      &kCancelWaitingDdl,
      &kCancelWaitingTransaction,
      &kCreatePartition,
      &kDropInvalidIndex,
      &kDropReplicationSlot,
      &kGrantPrivilege,
      &kTerminateIdleSessions,
      &kTerminateSession,
  };
  return kAll;
}

}  // namespace selfheal::healing
