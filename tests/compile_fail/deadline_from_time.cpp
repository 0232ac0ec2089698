// must not compile: a deadline that no Clock made
// expect: calling a private constructor of class 'selfheal::Deadline'
#include "base/clock.h"

selfheal::Deadline soon(const selfheal::Clock& clock) {
  using selfheal::operator""s;
#ifdef CONTROL
  return clock.deadline_in(2s);
#else
  return selfheal::Deadline(clock.steady_now() + 2s);
#endif
}
