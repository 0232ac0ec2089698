// must not compile: a server where an incident is meant
// expect: no viable conversion from .*ServerId
#include "base/ids.h"

std::string shown(selfheal::ServerId server, selfheal::IncidentNumber number) {
#ifdef CONTROL
  return server.value() + selfheal::to_text(number);
#else
  return server.value() + selfheal::to_text(server);
#endif
}
