// must not compile: acting on a remedy that nobody approved
// expect: no known conversion from 'const healing::Remedy' to 'healing::ApprovedRemedy'
#include "healing/policy/policy.h"

namespace healing = selfheal::healing;

void act(healing::ApprovedRemedy remedy);

void heal(const healing::Remedy& remedy, const healing::Decision& decision) {
#ifdef CONTROL
  if (decision.approved && decision.approved->remedy().parts().target == remedy.parts().target)
    act(*decision.approved);
#else
  if (decision.approved) act(remedy);
#endif
}
