#pragma once

#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/limits.h"
#include "model/incident.h"
#include "model/sighting.h"
#include "store/internal/context.h"
#include "tail/ports.h"

namespace selfheal::store {

// Events of one filing. The tail sends kBatchEvents at most; a report through the API may hold more, and
// beyond this its one JSON parameter grows past a few megabytes.
inline constexpr std::size_t kFiledEvents = 10 * kBatchEvents;

// Files sightings of one server and, when there is one, where reading of its log stands: all in one
// transaction and in a number of statements that does not grow with the events. See IncidentBook::file and
// BatchIntake::file.
Task<std::vector<Filed>> file_sightings(const Context& context, ServerId server,
                                        std::vector<Sighting> sightings,
                                        std::optional<tail::Checkpoint> checkpoint, Deadline deadline);

}  // namespace selfheal::store
