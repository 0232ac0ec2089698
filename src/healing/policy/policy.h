#pragma once

#include <optional>
#include <span>
#include <string>

#include "healing/remedies/remedy.h"
#include "model/diagnosis.h"
#include "model/incident.h"
#include "model/settings.h"

// May we? Policy is the only maker of an ApprovedRemedy.
namespace selfheal::healing {

// A remedy somebody or some rule allowed. Only `apply` takes it.
class ApprovedRemedy {
 public:
  const Remedy& remedy() const { return remedy_; }
  const std::string& approved_by() const { return approved_by_; }
  const std::string& plan_hash() const { return plan_hash_; }

 private:
  friend class Policy;
  ApprovedRemedy(Remedy remedy, std::string by, std::string hash)
      : remedy_(std::move(remedy)), approved_by_(std::move(by)), plan_hash_(std::move(hash)) {}
  Remedy remedy_;
  std::string approved_by_;
  std::string plan_hash_;
};

// Who presses a button, as `access` established it.
struct Principal {
  std::string name;
  bool may_approve = false;
};

// What was done lately, for budgets, cooldown and the circuit breaker. Counted by the store, per server.
struct Usage {
  int acts_last_hour = 0;
  int acts_last_day = 0;
  int installation_acts_last_hour = 0;
  int failures_last_day = 0;           // failed or reverted treatments of this action on this server
  std::optional<Time> last_on_target;  // last act on the same target key
  int servers_with_trouble = 0;        // servers with an open incident of the last ten minutes
  int servers = 0;
};

// The brakes that a policy may set, by the names "brakes.…", with defaults and reasons.
std::span<const SettingRow> brake_settings();

struct Decision {
  std::optional<ApprovedRemedy> approved;
  ActionMode mode = ActionMode::off;  // what policy says of the action here
  bool awaits_approval = false;
  std::string reason;  // a sentence for people, also when approved
};

class Policy {
 public:
  // The plan as it is shown: hash over server, statements, guards and policy version.
  static PlanShown show(const Remedy& remedy, const Incident& incident, const Settings& settings, Time now);
  // By rule. Approves only when the mode is auto, the level allows it, the diagnosis is confirmed and no
  // brake holds.
  static Decision decide(const Remedy& remedy, const Diagnosis& diagnosis, const Incident& incident,
                         const Settings& settings, const Usage& usage, Time now);
  // By a person who was shown `shown`: refuses (conflict) when the hash differs or the plan expired, and
  // holds the same brakes but the diagnosis' and the level's.
  static Result<ApprovedRemedy> approve_by(const Principal& person, const Remedy& remedy,
                                           const PlanShown& shown, const Incident& incident,
                                           const Settings& settings, const Usage& usage, Time now);
};

}  // namespace selfheal::healing
