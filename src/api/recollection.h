#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/task.h"

// What the API needs of memory, bound to one tenant. On the control thread.
namespace selfheal::api {

// What became of one action against one trouble. Only verified outcomes count.
struct ActionRecord {
  std::string action;  // a remedy of the catalogue
  int helped = 0;      // cured
  int tried = 0;       // cured, unchanged or worse; unknown counts nothing
};

// Something that happened before and looks alike, or a runbook that speaks of it.
struct SimilarCase {
  std::string what;              // "incident" or "runbook"
  std::string name;              // "SH-12", its latest incident; or the runbook's name
  std::string title;             // redacted
  std::vector<std::string> why;  // sentences: same fingerprint, same table, the words they share …
  std::string cause;             // a playbook's name, or empty
  // "verified": something was done and judged; "resolved": a person closed it and said how; "seen": it was
  // only seen, which proves nothing; "written": a runbook.
  std::string trust;
  // Helped most often, recent outcomes counting more. Empty when nothing helped yet: what was only seen never
  // suggests a remedy.
  std::string action;
  int helped = 0;  // of that action
  int tried = 0;
  std::string verdict;                 // of the last treatment, or empty
  std::string experience;              // what became of it, in words; empty when there is nothing to say
  std::vector<ActionRecord> outcomes;  // of all actions
  std::vector<std::string> notes;      // of people who resolved it, newest first, redacted
  std::optional<Time> at;              // seen last
};

// What memory says about an incident, or about words. Advises, never decides. Likest first; while its index
// is being built, only what is the same trouble. The search runs on a worker.
class Recollection {
 public:
  virtual ~Recollection() = default;
  virtual Task<std::vector<SimilarCase>> similar_to(IncidentNumber number, int limit, Deadline deadline) = 0;
  virtual Task<std::vector<SimilarCase>> similar_to(std::string words, int limit, Deadline deadline) = 0;
};

}  // namespace selfheal::api
