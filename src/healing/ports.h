#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"
#include "healing/evidence/probe.h"
#include "healing/policy/policy.h"
#include "model/evidence.h"
#include "model/incident.h"
#include "model/recording.h"
#include "model/settings.h"
#include "model/treatment.h"

// What healing needs of the world. All calls on the control thread; each is limited by its Deadline.
// References passed in must outlive the awaited call. `unavailable` means the other side cannot be reached
// now; callers keep what they have and come back.
namespace selfheal::healing {

// Incidents and what belongs to them.
class IncidentBook {
 public:
  virtual ~IncidentBook() = default;
  // Files sightings of one server in one transaction. Events whose key was filed before are not counted
  // again; a sighting with no new event gives no Filed.
  virtual Task<std::vector<Filed>> file(ServerId server, std::vector<Sighting> sightings,
                                        Deadline deadline) = 0;
  virtual Task<Incident> find(IncidentNumber number, Deadline deadline) = 0;
  // Incidents that are not closed, oldest first: what is taken up again after a restart.
  virtual Task<std::vector<Incident>> unfinished(Deadline deadline) = 0;
  // Stores the incident as it is, if its rev is still the stored one (else conflict), with its timeline
  // entries, and returns it with the new rev.
  virtual Task<Incident> update(Incident incident, std::vector<TimelineEntry> entries, Deadline deadline) = 0;
  // The last error, other than 25P02, that the session of the event reported before it, as an item named
  // "session_errors" with one row or none. Known from logs only, whose session ids and line numbers tell.
  virtual Task<EvidenceItem> before_in_session(ServerId server, EventKey event, Deadline deadline) = 0;
  // Adds what was gathered and returns it with incident-wide ids (E1, E2 …). Raw text goes nowhere else.
  virtual Task<Evidence> attach(IncidentNumber number, Evidence evidence, Deadline deadline) = 0;
  // Moves everything of `number` into `into` and closes it: same cause, same culprit.
  virtual Task<Incident> merge(IncidentNumber number, IncidentNumber into, Deadline deadline) = 0;
};

struct ActReport {
  bool touched = false;  // false: the guard no longer held; nothing was done
  std::string answer;    // what came back, without values of the application
};

// One watched server.
class MonitoredDatabase {
 public:
  virtual ~MonitoredDatabase() = default;
  // Read-only, in its own transaction, with the probe's limits. The item says by itself when it failed.
  virtual asio::awaitable<EvidenceItem> run(const Probe& probe, std::string database,
                                            ProbeParameters parameters, Deadline deadline) = 0;
  // The flight recorder's last 60 s. Never waits.
  virtual Recording recorded() const = 0;
  // Runs the remedy in one transaction whose first activity read is the guarded statement. Any notice that
  // says "skipping" or "not granted", and any zero-row guard, means nothing is committed.
  virtual Task<ActReport> act(ApprovedRemedy remedy, TreatmentNumber treatment, Deadline deadline) = 0;
  // Runs the undo statements that were recorded before the act.
  virtual Task<ActReport> undo(Treatment treatment, Deadline deadline) = 0;
};

// Policies, usage and the kill switch.
class PolicyBook {
 public:
  virtual ~PolicyBook() = default;
  virtual Task<Settings> settings_for(ServerId server, Deadline deadline) = 0;
  virtual Task<Usage> usage_of(ServerId server, std::string action, std::string target_key,
                               Deadline deadline) = 0;
};

// How an incident ended, for memory: only `treated` was judged by evidence. `noted` is no ending: a person
// wrote about it, before or after.
enum class Ending { treated, by_person, by_itself, noted };
BOOST_DESCRIBE_ENUM(Ending, treated, by_person, by_itself, noted)

// A past case: what was done about the same fingerprint, and what became of it.
struct PastCase {
  IncidentNumber incident;
  std::string cause;
  std::string action;  // empty unless treated
  VerdictWord verdict = VerdictWord::unknown;
  Time at{};
  Ending ending = Ending::treated;
  std::string note = {};           // how a person corrected it, in that person's words
  TreatmentNumber treatment = {};  // tells treatments of one incident apart
};

// What helped before. Advises, never decides.
class CaseMemory {
 public:
  virtual ~CaseMemory() = default;
  // Verified outcomes and notes of the same fingerprint first, then of the family, newest first.
  virtual Task<std::vector<PastCase>> recall(Fingerprint name, Deadline deadline) = 0;
  // What the trouble of this name was found to be.
  virtual Task<void> recognise(Fingerprint name, std::string cause, std::string title, Deadline deadline) = 0;
  // The last word about the same incident, action and treatment holds; a note stays until there is a newer.
  virtual Task<void> remember(Fingerprint name, PastCase past, Deadline deadline) = 0;
  // All that was attached to the incident, oldest first: what a restart thinks on with.
  virtual Task<Evidence> gathered(IncidentNumber number, Deadline deadline) = 0;
};

// Who did what, when, to what; and the treatment journal.
struct AuditEntry {
  std::string actor;    // "policy", "selfheal" or a person
  std::string what;     // a word
  std::string subject;  // "SH-142", "policy orders"
  std::string text;     // a sentence, redacted
};

class AuditTrail {
 public:
  virtual ~AuditTrail() = default;
  virtual Task<void> record(AuditEntry entry, Deadline deadline) = 0;
  // Writes the treatment with state `intent` and its audit entry in one transaction, before anything runs.
  // conflict: another treatment of the same target is under way.
  virtual Task<Treatment> intend(Treatment treatment, std::string target_key, Deadline deadline) = 0;
  virtual Task<Treatment> advance(Treatment treatment, Deadline deadline) = 0;
  // Treatments without a verdict, oldest first.
  virtual Task<std::vector<Treatment>> unfinished(Deadline deadline) = 0;
  virtual Task<std::vector<Treatment>> of(IncidentNumber number, Deadline deadline) = 0;
};

// Tells people and pages that something changed. Never waits and never fails: it may drop.
class Announcer {
 public:
  virtual ~Announcer() = default;
  virtual void changed(const Incident& incident) = 0;
  virtual void changed(const Treatment& treatment) = 0;
};

struct Ports {
  IncidentBook& incidents;
  MonitoredDatabase& database;
  PolicyBook& policies;
  CaseMemory& memory;
  AuditTrail& audit;
  Announcer& announcer;
  Clock& clock;
};

}  // namespace selfheal::healing
