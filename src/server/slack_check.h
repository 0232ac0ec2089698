#pragma once

#include <vector>

#include "base/clock.h"
#include "server/config.h"
#include "server/doctor.h"

namespace selfheal::server {

// Asks Slack whether it knows the tokens of the configuration; nothing when Slack is no app here. Blocks, on
// an io_context of its own.
std::vector<Examined> examine_slack(const Config& config, Clock& clock);

}  // namespace selfheal::server
