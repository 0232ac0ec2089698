#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "watch/survey.h"
#include "watch/thresholds.h"
#include "watch/troubles.h"

namespace selfheal::watch {

// Turns surveys into sightings. What their events hold stands in troubles.h. Each finding is told at most
// once in kTellFinding while it lasts, at most kTroublesAtOnce of one survey.
//
// What may pass by itself must last: it is told when it was seen in each survey for some time. That memory is
// lost with this object, so a finding comes later after a restart, never wrongly.
class Findings {
 public:
  explicit Findings(TroubleOptions options);
  void set(const Thresholds& thresholds) { thresholds_ = thresholds; }
  const Thresholds& thresholds() const { return thresholds_; }

  std::vector<Sighting> connections_near_limit(const Seen<LimitSeen>& seen);
  std::vector<Sighting> old_xmin(const Seen<XminHolder>& seen);
  std::vector<Sighting> inactive_replication_slot(const Seen<SlotSeen>& seen);
  std::vector<Sighting> wraparound_age(const Seen<DatabaseAge>& seen);
  // Of the whole server, from the same rows.
  std::vector<Sighting> autovacuum_off(const Seen<DatabaseAge>& seen);
  // Of one database each.
  std::vector<Sighting> invalid_index(const std::string& database, const Seen<InvalidIndex>& seen);
  std::vector<Sighting> sequence_near_exhaustion(const std::string& database, const Seen<SequenceSeen>& seen);
  // stale_statistics and, for single tables, autovacuum_off.
  std::vector<Sighting> tables(const std::string& database, const Seen<TableSeen>& seen);

 private:
  // Something that is trouble now.
  struct Finding {
    std::string identity;                             // within its trouble and database
    Duration after{};                                 // must have been seen for so long
    ErrorEvent event;                                 // trouble, message, database, objects, whose it is
    std::optional<Severity> severity = std::nullopt;  // instead of the taxonomy's
  };

  std::optional<Finding> holder_finding(const XminHolder& holder, Time at) const;
  // What to tell of all findings of one survey: `scope` names the survey and its database. What it found
  // before and does not find now has ended.
  std::vector<Sighting> tell(const std::string& scope, const std::optional<Time>& at,
                             std::vector<Finding> findings);
  Sighting sighting(std::string identity, Time at, Finding finding);

  TroubleOptions options_;
  Thresholds thresholds_;
  std::map<std::string, std::map<std::string, Time>> since_;  // scope -> identity -> first seen
  std::map<std::string, Time> told_;  // trouble, database, identity -> when it was last told
  std::int64_t events_ = 0;
};

// A little less than the minute at which databases are surveyed.
inline constexpr Duration kTellFinding = 55s;

}  // namespace selfheal::watch
