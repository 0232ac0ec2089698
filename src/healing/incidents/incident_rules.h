#pragma once

#include <cstdint>
#include <optional>

#include "model/error_event.h"
#include "model/incident.h"
#include "model/sighting.h"

// When is a sighting a new incident, and when is it one we know? Pure rules; the store applies them inside
// the transaction that files. The key of an incident is (tenant, server, database, fingerprint).
namespace selfheal::healing {

// A trouble that comes back within a day of its end is the same story; later, people have moved on and a new
// number reads better than a history of months.
inline constexpr Duration kReopenWithin = 24h;
// Two intakes stamp the same error at slightly different moments: the log when it is written, the wire when
// it arrives. Two seconds covers a busy machine and is shorter than people take to repeat an action.
inline constexpr Duration kSameOccurrence = 2s;

// What filing a sighting does to the book.
enum class Filing {
  not_an_incident,  // category `none`: kept as a sighting only
  first,            // a new incident
  recurring,        // counted on the living incident, and told
  reopened,         // the closed incident lives again, and that is told
  silent,  // counted, but nobody is told: the incident is muted, or closed after these events happened
};

// `latest` is the youngest incident of the key, if there is one. For a merged incident pass the one it was
// merged into when that one lives; a merged incident whose successor is closed does not count as known.
Filing filing_of(const Sighting& sighting, const Incident* latest, Time now);

// A new incident of the sighting, without number and redacted texts.
Incident opened(const Sighting& sighting, std::int64_t new_events, Time now);
// The incident with the sighting's new events counted; reopened when `filing` says so.
Incident counted(Incident incident, const Sighting& sighting, std::int64_t new_events, Filing filing,
                 Time now);
// What healing is told; nothing for not_an_incident and silent.
std::optional<News> news_of(Filing filing);

// Whether two intakes saw one error: same server, backend pid, SQLSTATE, at most two seconds apart. Two
// events of the same intake never are: their keys tell them apart.
bool same_occurrence(const ErrorEvent& a, const ErrorEvent& b);

}  // namespace selfheal::healing
