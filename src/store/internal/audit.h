#pragma once

#include "base/task.h"
#include "healing/ports.h"
#include "store/internal/context.h"

namespace selfheal::store {

// Appends an entry inside a transaction: what it tells of and the entry are stored together or not at all.
StatusTask append_audit(const Context& context, Change& change, healing::AuditEntry entry);

}  // namespace selfheal::store
