#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"

namespace selfheal::server {

struct DemoOptions {
  std::string listen = "127.0.0.1:5000";
  bool exit = false;                   // end after the troubles instead of serving on
  bool hands_on = false;               // play no trouble: a person causes them on /employees
  bool json = false;                   // one object a trouble on standard output
  std::filesystem::path ui_directory;  // pages are read from there; empty: those in the program
};

// Plays every playbook's trouble on a private cluster and shows what Selfheal does; then a person plays, with
// the sample application. 0: all as expected; 9: not; 1: it could not be played.
int run_demo(const DemoOptions& options, Clock& clock);

}  // namespace selfheal::server
