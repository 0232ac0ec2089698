#pragma once

#include <string>
#include <unordered_map>

#include "model/sighting.h"

// Steps 3 and 4 of the story: what kind of error is it, and what is it called.
namespace selfheal::healing {

// Classifies and names an error. Objects that the intake did not give are read from the message's template.
// Parses the statement: call it on a thread with a worker's stack (kWorkerStackBytes), never on the control
// thread.
Sighting sighting_of(ErrorEvent event);

// The same for a finding of the watch, which has no statement to parse. Any thread.
Sighting sighting_of_trouble(ErrorEvent event);

// Names the errors of one log in their order. It remembers the last error of each session, because 25P02
// (current transaction is aborted) is never a cause: it follows from the error before it, is filed as nothing
// of its own and named by that error. Whose error came before our time, or is forgotten since thousands of
// sessions failed in between, keeps the class of its code, which says that it is a symptom. One thread at a
// time, with a worker's stack.
class LogNames {
 public:
  Sighting sighting_of(ErrorEvent event);

 private:
  using Generation = std::unordered_map<std::string, Fingerprint>;

  static void belong(Sighting& sighting, const Fingerprint& cause);
  const Fingerprint* cause_of(const std::string& session) const;
  void remember(const std::string& session, const Fingerprint& cause);

  // A full generation becomes the old one, and the old one is forgotten.
  Generation young_;
  Generation old_;
};

}  // namespace selfheal::healing
