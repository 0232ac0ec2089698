// must not compile: a secret in a log line
// expect: Cannot format an argument|call to deleted constructor
#include <fmt/format.h>

#include "base/secret.h"

std::string line(const selfheal::Secret& password) {
#ifdef CONTROL
  return fmt::format("{}", password.empty() ? "no password" : "a password");
#else
  return fmt::format("{}", password);
#endif
}
