#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "assistant/internal/wording_sheet.h"
#include "assistant/text.h"

// What a model may be asked about an explanation, and what of its answer is shown. Pure functions.
namespace selfheal::assistant::internal {

// One sentence of a model's answer. Hostile.
struct WordedSentence {
  std::string section;
  std::string text;
  std::vector<std::string> evidence_ids;
  std::vector<std::string> restates;  // "S1"
};

struct Worded {
  Explanation explanation;
  std::vector<WordedSentence> kept;  // to be remembered: they pass again
  int refused = 0;
};

// The explanation with what of the answer holds. A sentence that words others anew takes their place when it
// says the same (wording_words.h) and names their evidence; else theirs stay. Advice that restates nothing is
// added as not proven, two sentences a section at most. When more is refused than kept, nothing is used.
Worded put_in_words(const Explanation& explanation, const Sheet& sheet,
                    const std::vector<WordedSentence>& sentences);

OurText wording_rules();   // the system's message
OurText wording_schema();  // of the answer
// The lines of the sheet, as the model sees them.
OutgoingText wording_request(const Explanation& explanation, const Sheet& sheet);

std::vector<WordedSentence> read_sentences(const boost::json::value& answer);
boost::json::value as_json(const std::vector<WordedSentence>& sentences);

// Names the wording: the same for incidents of one fingerprint whose sentences differ in numbers and names
// alone, of one model and one version of our rules.
std::string wording_key(const Explanation& explanation, const Sheet& sheet, const std::string& model);

}  // namespace selfheal::assistant::internal
