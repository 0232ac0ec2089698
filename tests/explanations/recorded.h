#pragma once

#include <string>
#include <vector>

#include "assistant/ports.h"

namespace selfheal::test {

// Incidents as a real server had them: what `selfheal demo` filed, read from its API (recorded.jsonl).
std::vector<assistant::IncidentDetails> recorded_incidents();

}  // namespace selfheal::test
