#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "healing/ports.h"
#include "model/incident_list.h"
#include "watch/ports.h"

// What pages and the command line read. Plain values in and out; nothing here changes anything. All calls on
// the control thread, of one tenant. Lists come newest first, by number; `next` is the `before` of the page
// that follows, absent on the last page. `unavailable` at once while the store is down.
namespace selfheal::store {

struct IncidentDetail {
  Incident incident;
  std::optional<IncidentNumber> merged_into;
  std::vector<TimelineEntry> timeline;  // oldest first, the last 500
  Evidence evidence;  // oldest first, the last 100 items; raw values: for people with the right only
  std::vector<Treatment> treatments;  // oldest first
};

struct TreatmentFilter {
  std::vector<TreatmentState> states;  // empty: any
  std::optional<ServerId> server;
  std::optional<IncidentNumber> incident;
  std::optional<TreatmentNumber> before;
  int limit = kPageRows;
};

struct TreatmentPage {
  std::vector<Treatment> items;
  std::optional<TreatmentNumber> next;
};

struct AuditRecord {
  std::int64_t sequence = 0;  // 1, 2, 3 … within the tenant
  Time at{};
  healing::AuditEntry entry;
  std::string previous_hash;  // 64 hexadecimal digits; zeros for the first
  std::string hash;
};

struct AuditPage {
  std::vector<AuditRecord> items;
  std::optional<std::int64_t> next;
};

// What walking the whole chain came to.
struct AuditCheck {
  std::int64_t records = 0;
  std::optional<std::int64_t> broken_at;  // the first sequence number that does not fit; absent: intact
  std::string reason;
};

// How often a fingerprint was seen, batch by batch, for the page of an incident.
struct SightingRow {
  Time first_seen{};
  Time last_seen{};
  std::int64_t count = 0;
  std::string redacted_message;
  std::string statement_shape;
};

struct ReadingHealth {
  ServerId server;
  std::string file_name;
  Time read_up_to{};  // when the last batch was stored
};

struct Health {
  std::int64_t size_bytes = 0;
  std::int64_t size_cap_bytes = 0;
  std::int64_t partitions = 0;
  std::optional<Time> oldest_partition;  // its day
  std::vector<ReadingHealth> readings;
};

class Reader {
 public:
  virtual ~Reader() = default;
  virtual Task<IncidentPage> incidents(IncidentFilter filter, Deadline deadline) = 0;
  virtual Task<IncidentDetail> incident(IncidentNumber number, Deadline deadline) = 0;
  virtual Task<std::vector<SightingRow>> sightings(IncidentNumber number,
                                                   Deadline deadline) = 0;  // newest 100
  // See watch::SightingBook.
  virtual Task<std::vector<watch::WrittenSighting>> sightings_after(ServerId server, std::int64_t number,
                                                                    int limit, Deadline deadline) = 0;
  virtual Task<std::string> installation(Deadline deadline) = 0;
  virtual Task<TreatmentPage> treatments(TreatmentFilter filter, Deadline deadline) = 0;
  virtual Task<Treatment> treatment(TreatmentNumber number, Deadline deadline) = 0;
  virtual Task<AuditPage> audit(std::optional<std::int64_t> before, int limit, Deadline deadline) = 0;
  virtual Task<AuditCheck> verify_audit(Deadline deadline) = 0;
  virtual Task<std::map<IncidentState, std::int64_t>> counts_by_state(Deadline deadline) = 0;
  virtual Task<Health> health(Deadline deadline) = 0;
};

}  // namespace selfheal::store
