#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"

namespace selfheal::pg::internal {

// The addresses of a host name, in the order of the system's preference. The system's resolver blocks, so
// Asio asks it on a thread of its own; at the deadline we stop waiting for it. Fails with unavailable,
// timed_out or cancelled.
Task<std::vector<std::string>> look_up(std::string host, Deadline deadline);

}  // namespace selfheal::pg::internal
