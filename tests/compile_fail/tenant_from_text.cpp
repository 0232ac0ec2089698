// must not compile: text standing in for a tenant
// expect: no viable conversion from returned value of type 'std::string'
#include "base/ids.h"

selfheal::TenantId tenant(std::string header) {
#ifdef CONTROL
  return selfheal::TenantId::from_configuration(std::move(header));
#else
  return header;
#endif
}
