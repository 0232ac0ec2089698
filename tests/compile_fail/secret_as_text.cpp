// must not compile: a secret becoming text unasked
// expect: no viable conversion from returned value of type 'const selfheal::Secret'
#include "base/secret.h"

std::string text(const selfheal::Secret& password) {
#ifdef CONTROL
  return password.reveal_to_client();
#else
  return password;
#endif
}
