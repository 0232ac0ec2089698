#pragma once

#include "cli/command.h"

namespace selfheal::server {

// `report read FILE…`: what a log adds up to, without a server and without the store.
cli::Command report_read_command();

}  // namespace selfheal::server
