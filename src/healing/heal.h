#pragma once

#include "healing/diagnose.h"
#include "healing/ports.h"

// The story, start here: one error from its first sighting to a verified fix.
namespace selfheal::healing {

enum class OutcomeWord {
  recorded,           // too old to act on: its evidence has perished
  undiagnosed,        // nobody recognises it, or the evidence could not be read
  merged,             // it is another face of an incident that is open already
  refused,            // the right answer is not to act
  watched,            // a threshold is not reached yet
  proposed,           // policy lets a person run the statement
  awaiting_approval,  // a person may press the button
  treated,            // the remedy acted; follow_up judges it
  no_longer_true,     // the guard did not hold: nothing was done
};
BOOST_DESCRIBE_ENUM(OutcomeWord, recorded, undiagnosed, merged, refused, watched, proposed, awaiting_approval,
                    treated, no_longer_true)

struct Outcome {
  OutcomeWord word = OutcomeWord::recorded;
  Incident incident;
  std::string reason;
  // Set when something acted: what follow_up takes over.
  std::optional<Treatment> treatment;
  std::optional<Case> before;
};

// Follows one filed error up to the act. The caller makes sure that no two calls work on one incident at a
// time.
Task<Outcome> heal(Filed filed, Ports& ports);

// The same for somebody who only asks: looks again however old the event is, and never acts. What policy would
// do by itself then waits for an approval.
Task<Outcome> heal_without_acting(Filed filed, Ports& ports);

// The same from the person's button on: looks again, and acts only if what would be done is still what was
// shown. conflict: the plan is stale or another treatment of the target is under way; refused: policy or a
// brake says no.
Task<Outcome> heal_approved(Filed filed, std::string plan_id, std::string plan_hash, Principal person,
                            Ports& ports);

// Looks at everything anew: fresh evidence, diagnosis. Used by both of the above, and by follow_up.
struct Look {
  Case facts;
  Finding finding;
};
Task<Look> look(Incident incident, Sighting sighting, Ports& ports);

// One store call may take this long; the store is ours and near.
inline constexpr Duration kStoreTimeout = 5s;

}  // namespace selfheal::healing
