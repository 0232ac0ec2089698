#pragma once

#include "api/ports.h"
#include "assistant/explanation.h"
#include "contract/administration.h"
#include "contract/evidence.h"
#include "contract/explanation.h"
#include "contract/history.h"
#include "contract/incident.h"

// Our values as the API shows them. Pure functions.
namespace selfheal::api {

// As in lists.
contract::Incident view_of(const Incident& incident);
// With all that belongs to it, without what is similar.
contract::Incident view_of(const IncidentFile& file);
contract::SimilarCase view_of(const SimilarCase& similar);
// `raw`: cells as they came; else those that may hold values of the application are redacted or left out.
contract::EvidenceView view_of(const EvidenceItem& item, bool raw);
// Who waited for whom, from the newest evidence that shows it: of an error with a session, the chain in which
// that session waited when it failed; of a trouble, those who wait for its session. Nothing when no evidence
// shows it.
std::optional<contract::Blocking> blocking_in(const Evidence& evidence);
// Moment by moment, from all evidence that shows it, oldest first; at most kHistoryEdges edges, the newest.
// What `blocking_in` says of one moment holds of each.
std::vector<contract::BlockingMoment> blocking_moments(const Evidence& evidence);
// `live` is the recorder's last minute, when it belongs to the incident; it may be null.
contract::IncidentHistory history_of(Evidence evidence, std::vector<Occurrence> occurrences,
                                     const Recording* live, Time now);
// Who waits for whom at the recorder's last look; empty when nobody does.
contract::Blocking blocking_now(const Recording& recording);
contract::Explanation view_of(const assistant::Explanation& explanation, IncidentNumber number);
contract::Server view_of(const ServerState& server);
contract::PolicyView view_of(const Policy& policy);

// About a megabyte of JSON: 200 sessions that wait for each other 20 times differently.
inline constexpr std::size_t kHistoryEdges = 4000;

}  // namespace selfheal::api
