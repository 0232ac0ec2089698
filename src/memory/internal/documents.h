#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "memory/case_index.h"
#include "memory/ports.h"

// Cases and runbooks as the index has them. Pure functions; on a worker.
namespace selfheal::memory::internal {

// The keys of the index say what may be believed, so that searches can ask for it: "proven/<fingerprint>",
// "seen/<fingerprint>", "runbook/<name>".
inline constexpr std::string_view kProven = "proven/";
inline constexpr std::string_view kSeen = "seen/";
inline constexpr std::string_view kRunbook = "runbook/";

// A document whose rows wait for their vectors, except the row of knowledge: `runbook` names whose it is.
struct Draft {
  CaseDocument document;
  std::vector<pg::RedactedText> texts;  // of the rows without knowledge, in their order
  std::string runbook;                  // empty: no row of knowledge
};

Draft draft_of(const RememberedCase& past);
// Of every runbook, in the order of knowledge::runbooks().
std::vector<Draft> runbook_drafts();
// What an error is searched by.
pg::RedactedText query_text(const RememberedCase& past);
// Changes whenever what runbooks say does.
std::string knowledge_version();

}  // namespace selfheal::memory::internal
