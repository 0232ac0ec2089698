#pragma once

#include "model/sighting.h"

// Steps 3 and 4 of the story: what kind of error is it, and what is it called.
namespace selfheal::healing {

// Classifies and names an error. Objects that the intake did not give are read from the message's template.
// Parses the statement: call it on a thread with a worker's stack (kWorkerStackBytes), never on the control
// thread.
Sighting sighting_of(ErrorEvent event);

// The same for a finding of the watch, which has no statement to parse. Any thread.
Sighting sighting_of_trouble(ErrorEvent event);

}  // namespace selfheal::healing
