#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/console.h"
#include "api/recollection.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/secret.h"
#include "base/task.h"
#include "healing/heal.h"
#include "model/evidence.h"
#include "model/incident_list.h"
#include "model/settings.h"
#include "model/treatment.h"

// What the API needs of the rest, bound to one tenant. All calls on the control thread. Lists come newest
// first; `next` is the `before` of the page that follows, absent on the last. `unavailable` at once while the
// store is down.
namespace selfheal::api {

// An incident with all that belongs to it.
struct IncidentFile {
  Incident incident;
  std::optional<IncidentNumber> merged_into;
  std::vector<TimelineEntry> timeline;  // oldest first
  Evidence evidence;                    // raw values
  std::vector<Treatment> treatments;    // oldest first
};

// Events of an incident that came together.
struct Occurrence {
  Time first_seen{};
  Time last_seen{};
  std::int64_t count = 0;
  std::string message;    // redacted
  std::string statement;  // its shape
};

struct AuditRecord {
  std::int64_t sequence = 0;
  Time at{};
  healing::AuditEntry entry;
  std::string previous_hash;
  std::string hash;
};

struct AuditPage {
  std::vector<AuditRecord> items;
  std::optional<std::int64_t> next;
};

struct AuditCheck {
  std::int64_t records = 0;
  std::optional<std::int64_t> broken_at;
  std::string reason;
};

// A watched server as it is now.
struct ServerState {
  ServerId name;
  std::string address;  // pg::ConnectionTarget::display
  std::string state;    // connecting, up, in_recovery, down
  std::string state_why;
  Time since{};
  std::string version;
  bool can_observe = false;
  bool sees_all_sessions = false;
  bool can_act = false;
  std::string act_why;
  std::string log_directory;
  std::string log_why;  // empty while the log is being read
};

struct NewServer {
  std::string name;
  Secret url;
  Secret act_url;  // empty: the same
  std::string log_directory;
  bool act = true;
};

// One thing that was looked at: a right, a setting, a version.
struct Examined {
  std::string name;
  std::string finding;  // right, problem, note
  std::string detail;
  std::string fix;  // statements to run as an administrator, or empty
};

struct Policy {
  std::optional<ServerId> server;  // absent: of all
  std::optional<ActionMode> default_mode;
  std::map<std::string, ActionMode> modes;
  std::map<std::string, double> values;
  std::int64_t version = 0;
  bool paused = false;
  std::string paused_why;
};

struct StoreHealth {
  std::int64_t size_bytes = 0;
  std::int64_t size_cap_bytes = 0;
};

// What became of one reported event.
struct ReportedEvent {
  bool counted = false;                    // false: it was filed before, or is not an incident
  std::optional<IncidentNumber> incident;  // absent when it is not an incident
};

class Book {
 public:
  virtual ~Book() = default;
  virtual Task<IncidentPage> incidents(IncidentFilter filter, Deadline deadline) = 0;
  virtual Task<Incident> incident(IncidentNumber number, Deadline deadline) = 0;
  virtual Task<IncidentFile> incident_file(IncidentNumber number, Deadline deadline) = 0;
  // Of all incidents, newest first.
  virtual Task<std::vector<Treatment>> treatments(int limit, Deadline deadline) = 0;
  // Newest first; of many only the last.
  virtual Task<std::vector<Occurrence>> occurrences(IncidentNumber number, Deadline deadline) = 0;
  virtual Task<std::map<IncidentState, std::int64_t>> counts_by_state(Deadline deadline) = 0;
  virtual Task<AuditPage> audit(std::optional<std::int64_t> before, int limit, Deadline deadline) = 0;
  virtual Task<AuditCheck> verify_audit(Deadline deadline) = 0;
  virtual Task<StoreHealth> health(Deadline deadline) = 0;
  // Names the events (class, fingerprint; on a worker, because it parses hostile SQL), files them by server
  // and hands the news to healing. One answer an event, in their order. An error: nothing was filed of the
  // server that failed and of those behind it; the same events may be offered again, their keys tell them.
  virtual Task<std::vector<ReportedEvent>> file_reports(std::vector<ErrorEvent> events,
                                                        Deadline deadline) = 0;
};

class Administration {
 public:
  virtual ~Administration() = default;
  // Never waits; sorted by name.
  virtual std::vector<ServerState> servers() const = 0;
  // The flight recorder's last minute of that server; nothing when it is not watched. Never waits.
  virtual std::optional<Recording> recorded(const ServerId& name) const = 0;
  // Connects as these roles and looks at what they may do; changes and keeps nothing. Takes seconds when the
  // server does not answer. invalid_input as in add_server.
  virtual Task<std::vector<Examined>> examine(NewServer server, Deadline deadline) = 0;
  // invalid_input names the part of the url or name that does not fit, without repeating a password. A server
  // of that name is replaced.
  virtual StatusTask add_server(NewServer server, std::string actor, Deadline deadline) = 0;
  virtual StatusTask remove_server(ServerId name, std::string actor, Deadline deadline) = 0;
  // Of all servers first, then of each that has its own.
  virtual Task<std::vector<Policy>> policies(Deadline deadline) = 0;
  // Stores it when policy.version is still the stored one, else conflict; returns it with the new version.
  // `paused` is not changed by it.
  virtual Task<Policy> set_policy(Policy policy, std::string actor, Deadline deadline) = 0;
  virtual StatusTask pause(std::optional<ServerId> server, std::string why, std::string actor,
                           Deadline deadline) = 0;
  virtual StatusTask resume(std::optional<ServerId> server, std::string actor, Deadline deadline) = 0;
};

// Decisions of people about an incident; healing carries them out. A handler that waits here may be cancelled
// when its client leaves: an act under way must go on regardless.
class Clinic {
 public:
  virtual ~Clinic() = default;
  // conflict: the plan is not the one that would be carried out now, or the incident is being treated.
  virtual Task<healing::Outcome> approve(ServerId server, IncidentNumber number, std::string plan_id,
                                         std::string plan_hash, healing::Principal person) = 0;
  // Looks at the incident again and proposes; never acts. conflict while it is being looked at. A remedy is
  // in outcome.incident.plan; else outcome.reason says why there is none.
  virtual Task<healing::Outcome> reconsider(ServerId server, IncidentNumber number, std::string person) = 0;
  // To refused, resolved or muted. conflict while it is being treated.
  virtual Task<Incident> set_state(ServerId server, IncidentNumber number, IncidentState state,
                                   std::string person, std::string why) = 0;
  // Says in the timeline that this person looks after it.
  virtual Task<Incident> take(ServerId server, IncidentNumber number, std::string person) = 0;
  // A note for whoever meets the same again; the newest holds.
  virtual Task<Incident> note(ServerId server, IncidentNumber number, std::string person,
                              std::string text) = 0;
};

}  // namespace selfheal::api
