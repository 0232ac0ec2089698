#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "store/internal/context.h"

// Partitions ahead, retention, and the size cap.
namespace selfheal::store {

// Partitions are made for yesterday, today and this many days after: maintenance may fail for two days before
// an event meets none, and even then the default partition takes it.
inline constexpr int kDaysAhead = 2;

struct Partition {
  std::string parent;  // event_key, sighting or evidence
  Time day{};
  std::int64_t size_bytes = 0;
};

struct Extent {
  std::int64_t size_bytes = 0;
  std::int64_t size_cap_bytes = 0;
  std::vector<Partition> partitions;  // oldest first
};

Task<Extent> extent_of(const Context& context, Deadline deadline);

// The days to drop, oldest first: those before `kept_from`, and while what remains is larger than the cap,
// the oldest. Yesterday and later are never dropped, since their event keys are still needed. Pure.
std::vector<Time> days_to_drop(const Extent& extent, Time kept_from, Time now);

// See Store::maintain.
StatusTask maintain(const Context& context, Deadline deadline);

}  // namespace selfheal::store
