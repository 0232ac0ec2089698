#pragma once

#include "healing/heal.h"

// Acting, and what follows: journal, guard, verification, undo. Steps 12 to 18 of the story.
namespace selfheal::healing {

// Writes the intent, runs the remedy once, writes what came of it. The incident ends in state verifying
// (acted, or outcome unknown), open (the guard no longer held) or failed (the server refused).
Task<Outcome> treat(ApprovedRemedy approved, Look seen, Incident incident, Ports& ports);

// Waits for relief, holds down, judges, undoes what did not help, closes, remembers, announces. Works from
// what the store holds, so that it also takes over treatments of a process that was killed.
Task<Verdict> follow_up(Treatment treatment, Sighting sighting, Case before, Ports& ports);

// How long relief may take: terminate waits 5 s for the process to go, and a retrying client comes within
// seconds.
inline constexpr Duration kReliefTimeout = 15s;

}  // namespace selfheal::healing
