#pragma once

#include "model/evidence.h"
#include "model/incident.h"
#include "model/recording.h"
#include "model/settings.h"

namespace selfheal {

// All that a playbook may know when it thinks: values only, so that it is a pure function of them.
struct Case {
  Incident incident;
  Sighting sighting;
  Evidence evidence;
  Recording recording;
  Settings settings;
  Time now{};
  // Events of this incident since the remedy acted; 0 before.
  int recurrences = 0;
};

}  // namespace selfheal
