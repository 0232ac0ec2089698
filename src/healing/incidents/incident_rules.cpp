#include "healing/incidents/incident_rules.h"

#include <algorithm>

namespace selfheal::healing {
namespace {

// Events are stamped by clocks that are not ours; what lies ahead of now was seen now.
Time seen_at(Time stamped, Time now) { return std::min(stamped, now); }

}  // namespace

Filing filing_of(const Sighting& sighting, const Incident* latest, Time now) {
  if (sighting.error_class.category == Category::none) return Filing::not_an_incident;
  if (!latest) return Filing::first;
  if (latest->state == IncidentState::muted) return Filing::silent;
  if (!is_closed(latest->state)) return Filing::recurring;
  // A closed incident without a time of closing was never written by us; take the last sign of life.
  const Time closed = latest->closed_at.value_or(latest->last_seen);
  const Time seen = seen_at(sighting.last_seen, now);
  if (seen <= closed) return Filing::silent;
  return seen - closed <= kReopenWithin ? Filing::reopened : Filing::first;
}

Incident opened(const Sighting& sighting, std::int64_t new_events, Time now) {
  Incident incident;
  incident.rev = 1;
  incident.server = sighting.exemplar.server;
  incident.database = sighting.exemplar.database;
  incident.name = sighting.name;
  incident.error_class = sighting.error_class;
  incident.sqlstate = sighting.exemplar.sqlstate;
  incident.trouble = sighting.exemplar.trouble;
  incident.events = new_events;
  incident.first_seen = seen_at(sighting.first_seen, now);
  incident.last_seen = seen_at(sighting.last_seen, now);
  return incident;
}

Incident counted(Incident incident, const Sighting& sighting, std::int64_t new_events, Filing filing,
                 Time now) {
  ++incident.rev;
  incident.events += new_events;
  incident.first_seen = std::min(incident.first_seen, seen_at(sighting.first_seen, now));
  incident.last_seen = std::max(incident.last_seen, seen_at(sighting.last_seen, now));
  if (filing != Filing::reopened) return incident;
  incident.state = IncidentState::reopened;
  incident.relieved_at.reset();
  incident.closed_at.reset();
  incident.plan.reset();
  incident.verdict.reset();
  return incident;
}

std::optional<News> news_of(Filing filing) {
  switch (filing) {
    case Filing::first:
      return News::first;
    case Filing::recurring:
      return News::recurring;
    case Filing::reopened:
      return News::reopened;
    case Filing::not_an_incident:
    case Filing::silent:
      break;
  }
  return std::nullopt;
}

bool same_occurrence(const ErrorEvent& a, const ErrorEvent& b) {
  if (a.intake == b.intake || a.server != b.server) return false;
  if (a.pid == 0 || a.pid != b.pid || a.sqlstate.empty() || a.sqlstate != b.sqlstate) return false;
  return std::chrono::abs(a.key.at - b.key.at) <= kSameOccurrence;
}

}  // namespace selfheal::healing
