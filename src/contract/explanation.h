#pragma once

#include <boost/describe/class.hpp>
#include <string>
#include <vector>

// An incident in plain words. Nothing here holds a value of the application.
namespace selfheal::contract {

struct ExplainedSentence {
  std::string text;
  // "E3": evidence of the incident; "K:deadlock": a runbook, for what is generally so; "SH-142": the
  // incident's own record, when it holds no evidence.
  std::string evidence_id;
  bool proven = true;  // false: nothing that was gathered supports it
};
BOOST_DESCRIBE_STRUCT(ExplainedSentence, (), (text, evidence_id, proven))

struct ExplanationSection {
  std::string name;   // happened, why, ruled_out, if_nobody_acts, what_to_do, prevent
  std::string title;  // "What happened"
  std::vector<ExplainedSentence> sentences;
};
BOOST_DESCRIBE_STRUCT(ExplanationSection, (), (name, title, sentences))

// Sections in the order in which they are read; one without sentences is absent.
struct Explanation {
  std::string incident;
  std::string expert;       // who speaks: "an expert for locks"
  std::string looks_first;  // at what
  std::vector<ExplanationSection> sections;
  std::string worded_by;  // "templates", or a language model's name
  bool cached = false;    // the wording was made before
  std::string notice;     // why no model worded it, when one was asked; else empty
};
BOOST_DESCRIBE_STRUCT(Explanation, (), (incident, expert, looks_first, sections, worded_by, cached, notice))

}  // namespace selfheal::contract
