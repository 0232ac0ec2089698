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

// Troubles that raise no error: somebody waits and nobody says so.
namespace selfheal::watch {

// When something counts as trouble. Values come from the settings of the server's policy.
struct Thresholds {
  // Half a minute is longer than any ordinary wait for a lock and shorter than the patience of people.
  Duration blocked_after = 30s;
  // The same threshold as the playbook idle_in_transaction_blocker has: at once when a forgotten transaction
  // blocks.
  Duration forgotten_after = 60s;
  // Without anybody waiting it only costs vacuum, which takes minutes to matter.
  Duration idle_after = 300s;
};

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
