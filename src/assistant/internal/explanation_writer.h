#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "assistant/explanation.h"
#include "knowledge/knowledge.h"

// What the parts of an explanation share.
namespace selfheal::assistant::internal {

// Collects sentences and sees to it that each has a source that exists.
class Writer {
 public:
  // `details` and `explanation` outlive the writer.
  Writer(const IncidentDetails& details, Explanation& explanation);

  // About this incident. `evidence_id` may be empty: then it stands on what the diagnosis stands on. When the
  // id is not among the evidence the sentence is kept as not proven.
  void say(Section section, std::string text, std::string_view evidence_id = {});
  // SQL, or something else that is shown as it stands.
  void quote(Section section, std::string text, std::string_view evidence_id = {});
  // What is generally so, sentence by sentence. Nothing without a runbook.
  void know(Section section, const knowledge::Runbook* runbook, std::string_view knowledge::Runbook::* field);
  // The same as one sentence that says what it is: "Usual reasons: …".
  void know_as(std::string_view opening, Section section, const knowledge::Runbook* runbook,
               std::string_view knowledge::Runbook::* field);

  // The evidence that most checks of the diagnosis stand on, else the error event, else the record.
  const std::string& main_source() const { return main_; }
  // The newest evidence: what was seen after a remedy acted. The record when there is none.
  std::string newest_source() const;

 private:
  void add_known(Section section, const knowledge::Runbook& runbook, std::string text, bool is_fixed);
  void add(Section section, std::string_view text, std::string_view evidence_id, bool is_fixed);

  const IncidentDetails& details_;
  Explanation& explanation_;
  std::string main_;
};

// The newest answer of that probe; null when there is none. It may have no row.
const EvidenceItem* newest_answer(const Evidence& evidence, std::string_view probe);
// The same; null also when it brought no row.
const EvidenceItem* newest(const Evidence& evidence, std::string_view probe);
// A cell as a number; nothing when it is absent or is none.
std::optional<std::int64_t> number_in(const EvidenceItem& item, std::size_t row, std::string_view column);
std::optional<Time> time_in(const EvidenceItem& item, std::size_t row, std::string_view column);
bool truth_in(const EvidenceItem& item, std::size_t row, std::string_view column);

std::string moment(Time time);          // "2026-11-25 14:02:11 UTC"
std::string length(Duration duration);  // "12 s", "5 min", "3 h"
std::string counted(std::int64_t count, std::string_view one, std::string_view many);  // "1 session"
// With a capital, unless it begins with one of the names, and a full stop, as a sentence stands alone.
std::string as_sentence(std::string text, const std::vector<std::string>& names);
std::string in_words(std::string_view snake_case);

// What names this incident's things: objects, roles, applications, servers. Longest first.
std::vector<std::string> names_of(const IncidentDetails& details);
// Whether a sentence of a diagnosis says how it is kept from coming back: playbooks begin it with "So that".
bool is_prevention(const Sentence& sentence);
const knowledge::Runbook* runbook_of(const Incident& incident);

// The parts, in the order of the sections.
void tell_what_happened(Writer& writer, const IncidentDetails& details);
void tell_why(Writer& writer, const IncidentDetails& details);
void tell_what_is_ruled_out(Writer& writer, const IncidentDetails& details);
void tell_what_comes(Writer& writer, const IncidentDetails& details, Time now);
void tell_what_to_do(Writer& writer, const IncidentDetails& details, Time now);
void tell_how_to_prevent(Writer& writer, const IncidentDetails& details);

}  // namespace selfheal::assistant::internal
