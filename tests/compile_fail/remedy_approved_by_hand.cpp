// must not compile: an approval that Policy did not give
// expect: calling a private constructor of class '.*ApprovedRemedy'
#include "healing/policy/policy.h"

namespace healing = selfheal::healing;

healing::ApprovedRemedy approved(const healing::Decision& decision) {
#ifdef CONTROL
  return decision.approved.value();
#else
  return healing::ApprovedRemedy(decision.approved.value().remedy(), "me", "hash");
#endif
}
