// must not compile: a string handed out as SQL that cannot write
// expect: private constructor of class 'selfheal::healing::ReadOnlySql'|no matching conversion
#include "healing/evidence/probe.h"

const selfheal::healing::ReadOnlySql& question();

selfheal::healing::ReadOnlySql sql() {
#ifdef CONTROL
  return selfheal::healing::ReadOnlySql(question());
#else
  return selfheal::healing::ReadOnlySql(std::string("DROP TABLE orders"));
#endif
}
