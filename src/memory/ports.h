#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "healing/ports.h"

// What memory needs of the store, bound to one tenant. All calls on the control thread.
namespace selfheal::memory {

// One trouble, told by its fingerprint, with all that became of it. Texts are redacted.
struct RememberedCase {
  std::string fingerprint;
  std::string family;
  std::string sqlstate;
  std::string condition;
  std::string cause;  // a playbook's name, or empty
  std::string title;
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;
  std::string statement;
  IncidentNumber incident;  // the latest
  std::int64_t incidents = 0;
  Time last_seen{};           // when that incident was filed
  std::uint64_t changed = 0;  // unique; grows with each change of the case
  // Something was done about it and judged by evidence, or a person said how it was corrected. What was only
  // seen is not proven: anybody who can raise errors can fill memory with it.
  bool is_proven = false;
  std::vector<healing::PastCase> outcomes;  // newest first, at most kOutcomesOfCase
};

// Enough for "n of m"; older ones say little.
inline constexpr int kOutcomesOfCase = 100;

struct RowsState {
  std::uint64_t state = 0;      // grows with every change of the tenant's cases
  std::uint64_t forgotten = 0;  // the state at which cases were last taken away
};

// The rows of past cases: the truth, of which an index is a cache.
class CaseRows {
 public:
  virtual ~CaseRows() = default;
  virtual Task<RowsState> state(Deadline deadline) = 0;
  // Cases with a greater `changed`, in its order. A case that changes while pages are read comes again.
  virtual Task<std::vector<RememberedCase>> changed_since(std::uint64_t changed, int limit,
                                                          Deadline deadline) = 0;
  // Cases of these fingerprints first; then of the family, unless it is empty: the proven first, then the
  // newest.
  virtual Task<std::vector<RememberedCase>> of(std::vector<std::string> fingerprints, std::string family,
                                               int limit, Deadline deadline) = 0;
};

}  // namespace selfheal::memory
