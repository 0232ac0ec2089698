#include "api/internal/views.h"

namespace selfheal::api {
namespace {

std::string title_of(assistant::Section section) {
  using enum assistant::Section;
  switch (section) {
    case happened:
      return "What happened";
    case why:
      return "Why";
    case ruled_out:
      return "What it is not";
    case if_nobody_acts:
      return "If nobody acts for ten minutes";
    case what_to_do:
      return "What to do";
    case prevent:
      return "So that it does not come back";
  }
  return {};
}

}  // namespace

contract::Explanation view_of(const assistant::Explanation& explanation, IncidentNumber number) {
  contract::Explanation view{.incident = to_text(number),
                             .expert = std::string(explanation.expert.title),
                             .looks_first = std::string(explanation.expert.looks_first),
                             .sections = {},
                             .worded_by = explanation.worded_by,
                             .cached = explanation.is_cached,
                             .notice = explanation.notice};
  for (const auto& sentence : explanation.sentences) {
    const auto name = to_word(sentence.section);
    if (view.sections.empty() || view.sections.back().name != name)
      view.sections.push_back({.name = name, .title = title_of(sentence.section), .sentences = {}});
    view.sections.back().sentences.push_back(
        {.text = sentence.text.text(), .evidence_id = sentence.source, .proven = sentence.is_proven});
  }
  return view;
}

}  // namespace selfheal::api
