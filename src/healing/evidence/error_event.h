#pragma once

#include "base/result.h"
#include "model/evidence.h"
#include "model/recording.h"
#include "model/sighting.h"

// Evidence that no probe brings: the error itself, and what the flight recorder held when it came.
namespace selfheal::healing {

// The sighting as an evidence item named "error_event", raw, so that a restart can think on where it stopped.
EvidenceItem error_event_item(const Sighting& sighting, Time now);
// The sighting back from the newest such item. not_found when there is none.
Result<Sighting> sighting_from(const Evidence& evidence);

// The recorder's excerpt as an item named "flight_recorder", one row for each edge of each sample. When those
// are more than kProbeRows, samples that only repeat the one before them go first, then the oldest.
EvidenceItem recording_item(const Recording& recording, Time now);
// How many sessions waited for a lock at most, second by second, as an item named "waiting_sessions". Of a
// second in which the recorder did not look there is no row.
EvidenceItem waiting_item(const Recording& recording, Time now);

}  // namespace selfheal::healing
