// must not compile: comparing secrets tells a caller how much of a guess is right
// expect: overload resolution selected deleted operator '=='
#include "base/secret.h"

bool same(const selfheal::Secret& left, const selfheal::Secret& right) {
#ifdef CONTROL
  return left.empty() == right.empty();
#else
  return left == right;
#endif
}
