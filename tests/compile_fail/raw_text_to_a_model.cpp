// must not compile: raw text sent to a language model
// expect: no matching (member )?function for call to 'user'|no viable conversion
#include "assistant/chat.h"

selfheal::assistant::Message asked(const std::string& question) {
#ifdef CONTROL
  return selfheal::assistant::Message::user(selfheal::pg::redact_own_text(question));
#else
  return selfheal::assistant::Message::user(question);
#endif
}
