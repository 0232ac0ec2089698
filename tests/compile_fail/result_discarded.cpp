// must not compile: a failure that nobody looks at
// expect: ignoring return value .*nodiscard
#include "base/result.h"

selfheal::Status write();

selfheal::Status caller() {
#ifdef CONTROL
  return write();
#else
  write();
  return {};
#endif
}
