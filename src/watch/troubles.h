#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "model/recording.h"
#include "model/sighting.h"
#include "watch/census.h"
#include "watch/thresholds.h"

// Troubles that raise no error: somebody waits, or something runs out, and nobody says so.
//
// What the event of a finding holds, by `trouble`. All have intake `watch`, level LOG, no SQLSTATE, and in
// `message` the figures for people (for reasoning, a playbook's probe reads them anew). `database` is where
// the object lives, empty for what concerns the whole server; `objects` name only what exists;
// objects.database equals `database`.
//
//   blocked_sessions, idle_in_transaction   pid, session_start, user, application, client_host, backend_type,
//       statement, database: the culprit's. objects.table (blocked_sessions): what is waited for, when known.
//   connections_near_limit   which limit: the server's (neither role nor database named), objects.role's
//   CONNECTION
//       LIMIT, or `database`'s. user, application, client_host: of the largest group of sessions under that
//       limit.
//   invalid_index   database, objects.schema, .table, .index (the schema is the table's as well as the
//   index's). sequence_near_exhaustion   database, objects.schema, .sequence; objects.table, .column: the
//   column that it feeds
//       and whose type ends first, when it feeds one of its own schema.
//   old_xmin   who holds back vacuum; backend_type tells the kind:
//       a session ("client backend", …): pid, session_start, user, application, client_host, statement,
//       database. "prepared transaction": pid 0, application = its gid, user = owner, database. "replication
//       slot": objects.slot; database when it is a logical one. "walsender": a standby's feedback: pid,
//       session_start, user, application = the standby's name. A session that is at work (a statement runs,
//       or pg_dump) is told only after watch.old_xmin_busy_after_s, with severity low: it will end by itself.
//   stale_statistics   database, objects.schema, .table.
//   inactive_replication_slot   objects.slot; database when it is a logical one.
//   autovacuum_off   objects.parameter = "autovacuum" or "track_counts" when it is off for the server; else
//   database,
//       objects.schema, .table.
//   wraparound_age   database; objects.parameter = the setting that was passed: "autovacuum_freeze_max_age",
//       "vacuum_failsafe_age", or the same for multixacts ("autovacuum_multixact_freeze_max_age",
//       "vacuum_multixact_failsafe_age").
//
// Findings but the first two are told again about once a minute while they last, and end silently.
namespace selfheal::watch {

// Who is Selfheal itself: never victim, never culprit.
struct OwnSessions {
  std::vector<std::string> users;
  std::string application_prefix = "selfheal";  // empty: no such rule

  bool contains(const SessionSeen& session) const;
};

// The sample without the edges of those who wait as Selfheal: what blocks us hurts nobody.
BlockingSample without_own_waiters(BlockingSample sample, const OwnSessions& own);

struct TroubleOptions {
  ServerId server;
  OwnSessions own;
  // Classifies and names an event, as for the tail. Called on the control thread, so it parses no SQL; the
  // answer's exemplar is that event, its times and keys are set by Troubles.
  std::function<Sighting(ErrorEvent)> name;
};

// Turns looks into sightings. The same trouble is told again while it lasts: blocked_sessions at most once a
// second, idle_in_transaction at most every ten seconds, both for at most kTroublesAtOnce sessions of one
// look.
//
// An event's `trouble` is "blocked_sessions" or "idle_in_transaction"; pid, session_start, user, application,
// database and statement are those of the culprit (the session that blocks and waits for nobody), `objects`
// name the table when it is known. Its key is the look's time, the culprit's identity and a number that only
// grows.
class Troubles {
 public:
  explicit Troubles(TroubleOptions options);
  void set(const Thresholds& thresholds) { thresholds_ = thresholds; }

  std::vector<Sighting> blocked_sessions(const BlockingSample& sample);
  std::vector<Sighting> idle_in_transaction(const Census& census);

 private:
  // The sighting of `event` with all that is the culprit's; nothing when it was told less than `repeat` ago.
  std::optional<Sighting> tell(const SessionSeen& culprit, Time at, Duration repeat, ErrorEvent event);

  TroubleOptions options_;
  Thresholds thresholds_;
  std::map<std::string, Time> told_;  // trouble and culprit -> when it was last told
  std::int64_t events_ = 0;
};

inline constexpr std::size_t kTroublesAtOnce = 20;

}  // namespace selfheal::watch
