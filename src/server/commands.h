#pragma once

#include <vector>

#include "cli/command.h"

namespace selfheal::server {

// The commands that run in this process instead of asking a server: config …, demo, doctor, report read, serve, version.
std::vector<cli::Command> local_commands();

}  // namespace selfheal::server
