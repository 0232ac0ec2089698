#pragma once

#include <string>

#include "base/clock.h"
#include "healing/evidence/probe.h"
#include "pg/connection.h"

// One probe on one connection.
namespace selfheal::watch::internal {

// An item that is not answered yet, with what is known before the question is asked.
EvidenceItem item_of(const healing::Probe& probe, Time now);
// The item with what became of it.
EvidenceItem with_outcome(EvidenceItem item, ProbeStatus status, std::string why);

// The values of the probe's parameters in its order. not_found, naming the first that is missing.
Result<std::vector<pg::Param>> parameters_for(const healing::Probe& probe,
                                              const healing::ProbeParameters& given);

// Asks in a read-only transaction of its own, with the limits of probes. The connection stays usable unless
// it is lost or the deadline passes although the server had a timeout before it.
asio::awaitable<EvidenceItem> ask(pg::Connection& connection, const healing::Probe& probe,
                                  std::vector<pg::Param> parameters, Clock& clock, Deadline deadline);

}  // namespace selfheal::watch::internal
