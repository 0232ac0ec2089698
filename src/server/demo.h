#pragma once

#include <string>

#include "base/clock.h"

namespace selfheal::server {

struct DemoOptions {
  std::string listen = "127.0.0.1:5000";
  bool exit = false;  // end after the troubles instead of serving on
  bool json = false;  // one object a trouble on standard output
};

// Plays every playbook's trouble on a private cluster and shows what Selfheal does. 0: all as expected; 9:
// not; 1: it could not be played.
int run_demo(const DemoOptions& options, Clock& clock);

}  // namespace selfheal::server
