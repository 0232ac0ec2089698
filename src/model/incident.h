#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "model/diagnosis.h"
#include "model/sighting.h"
#include "model/verdict.h"

namespace selfheal {

// The life of an incident; the same words in our database, the API, the command line and the page.
// open -> diagnosing -> awaiting_approval -> applying -> verifying -> healed, with the side exits.
enum class IncidentState {
  open,
  diagnosing,
  awaiting_approval,
  applying,
  verifying,
  healed,
  failed,
  resolved,
  muted,
  reopened,
  refused,
};
BOOST_DESCRIBE_ENUM(IncidentState, open, diagnosing, awaiting_approval, applying, verifying, healed, failed,
                    resolved, muted, reopened, refused)

// A remedy as it was shown to people: what an approval is bound to.
struct PlanShown {
  std::string plan_id;
  std::string plan_hash;
  Time expires_at{};
  std::string action;  // the remedy catalogue's name
  std::string title;
  std::vector<std::string> statements;
  std::vector<std::string> guards;
  std::string undo;
  std::string risk;
  int level = 4;
  std::string decision;  // auto, approve, suggest, off
  std::string reason;
};

struct Incident {
  IncidentNumber number;
  std::int64_t rev = 0;  // grows with every change
  ServerId server;
  std::string database;
  IncidentState state = IncidentState::open;
  Fingerprint name;
  ErrorClass error_class;
  std::string sqlstate;
  std::string trouble;  // watch finding, or empty
  std::int64_t events = 0;
  Time first_seen{};
  Time last_seen{};
  std::optional<Time> relieved_at;
  std::optional<Time> closed_at;
  std::string redacted_message;
  std::string statement_shape;
  std::optional<Diagnosis> diagnosis;
  std::optional<PlanShown> plan;
  std::optional<Verdict> verdict;
};

struct TimelineEntry {
  Time at{};
  std::string what;  // a word: filed, diagnosed, proposed, approved, applied, relieved, healed, …
  std::string text;  // a sentence, redacted
};

// What filing one sighting came to.
enum class News { first, recurring, reopened };
BOOST_DESCRIBE_ENUM(News, first, recurring, reopened)

struct Filed {
  Incident incident;
  News news = News::first;
  Sighting sighting;
};

// True once nothing more will happen to it unless it is seen again.
constexpr bool is_closed(IncidentState state) {
  using enum IncidentState;
  return state == healed || state == failed || state == resolved;
}

}  // namespace selfheal
