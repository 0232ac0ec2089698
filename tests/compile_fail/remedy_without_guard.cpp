// must not compile: a remedy whose act checks nothing
// expect: no matching constructor for initialization of '.*Remedy'
#include "healing/remedies/remedy.h"

namespace healing = selfheal::healing;

healing::Remedy fix(healing::Guard guard, healing::Step step, healing::Remedy::Parts parts) {
#ifdef CONTROL
  return healing::Remedy(std::move(guard), std::move(step), std::move(parts));
#else
  return healing::Remedy(std::move(step), std::move(parts));
#endif
}
