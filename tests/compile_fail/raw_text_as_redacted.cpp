// must not compile: raw text sent where redacted text is due
// expect: private constructor of class '.*RedactedText'
#include "pg/redact.h"

selfheal::pg::RedactedText sent(const std::string& query) {
#ifdef CONTROL
  return selfheal::pg::redact_statement(query);
#else
  return selfheal::pg::RedactedText(query);
#endif
}
