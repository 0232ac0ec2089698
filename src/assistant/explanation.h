#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assistant/ports.h"
#include "base/words.h"
#include "model/error_class.h"
#include "pg/redact.h"

// An incident in plain words, written by templates over its diagnosis alone. Nothing in it was made up: each
// sentence about this incident names the evidence it stands on, each sentence of general knowledge its
// runbook.
namespace selfheal::assistant {

// In the order in which they are read.
enum class Section { happened, why, ruled_out, if_nobody_acts, what_to_do, prevent };
BOOST_DESCRIBE_ENUM(Section, happened, why, ruled_out, if_nobody_acts, what_to_do, prevent)

struct ExplainedSentence {
  Section section = Section::happened;
  pg::RedactedText text;
  // "E3": evidence of the incident. "K:deadlock": a runbook, and then the sentence says what is usually so.
  // "SH-142": the incident's own record, only when it holds no evidence at all.
  std::string source;
  // False: nothing that was gathered supports it. Templates write such a sentence only when the evidence that
  // it names is no longer there.
  bool is_proven = true;
  // SQL stands in it: it is shown as it is and never worded anew.
  bool is_fixed = false;
};

// Who speaks, and what somebody of that trade looks at first.
struct Expert {
  std::string_view title;
  std::string_view looks_first;
};

struct Explanation {
  Expert expert;
  std::vector<ExplainedSentence> sentences;  // in the order of their sections
  // What names this incident's things in the sentences: objects, roles, applications, servers. Longest first.
  std::vector<std::string> names;
  std::string fingerprint;              // of the incident
  std::string worded_by = "templates";  // or the model's name
  bool is_cached = false;               // the wording was made before
  std::string notice;                   // why no model worded it, when one was asked; else empty
};

// A pure function. `now` decides what "ten minutes from now" and "so far" mean.
Explanation explain(const IncidentDetails& details, Time now);

// Never fails: an unknown category has an expert, too.
Expert expert_for(Category category);

}  // namespace selfheal::assistant
