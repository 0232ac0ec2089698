#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// The row of connection_slots.sql. `used` counts superusers too, who need no slot of the allowed ones.
struct ConnectionSlots {
  std::int64_t allowed = 0;
  std::int64_t used = 0;
  std::int64_t idle = 0;
  std::int64_t idle_in_transaction = 0;
  std::int64_t active = 0;
  std::int64_t waiting = 0;  // of the active ones, for a heavyweight lock
};

Result<ConnectionSlots> connection_slots(const Evidence& evidence);

}  // namespace selfheal::healing
