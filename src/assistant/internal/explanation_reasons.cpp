// Why it happened, how sure that is, and what it is not.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "assistant/internal/explanation_writer.h"

namespace selfheal::assistant::internal {
namespace {

// A sentence that says what to do, not what is.
bool is_advice(const Sentence& sentence) { return sentence.evidence_id.empty() || is_prevention(sentence); }

void tell_how_sure(Writer& writer, const Diagnosis& diagnosis) {
  const auto passed = std::ranges::count(diagnosis.checks, CheckStatus::passed, &Check::status);
  const auto all = std::ssize(diagnosis.checks);
  switch (diagnosis.confidence) {
    case Confidence::confirmed:
      writer.say(
          Section::why,
          all == 1 ? std::string("This is confirmed: its check on live evidence passed")
                   : fmt::format("This is confirmed: {} of {} checks on live evidence passed", passed, all));
      return;
    case Confidence::likely:
      writer.say(Section::why,
                 passed == all
                     ? fmt::format(
                           "This is likely and not certain: {} of {} checks passed, and they can not exclude "
                           "every other cause",
                           passed, all)
                     : fmt::format("This is likely and not certain: {} of {} checks passed", passed, all));
      return;
    case Confidence::possible:
      writer.say(Section::why,
                 fmt::format("This is possible and not proven: {} of {} checks passed", passed, all));
      return;
    case Confidence::unknown:
      return;
  }
}

void tell_open_questions(Writer& writer, const IncidentDetails& details) {
  for (const auto& check : details.incident.diagnosis->checks) {
    if (check.status == CheckStatus::failed)
      writer.say(Section::why, fmt::format("Not found to hold: {}", check.title), check.evidence_id);
    if (check.status != CheckStatus::unknown) continue;
    const auto item = std::ranges::find(details.evidence.items, check.evidence_id, &EvidenceItem::id);
    const bool says_why = item != details.evidence.items.end() && item->status == ProbeStatus::failed;
    writer.say(Section::why,
               fmt::format("Not known: whether {}{}", check.title,
                           says_why ? fmt::format(" (the probe {} failed)", item->probe) : std::string()),
               check.evidence_id);
  }
}

void tell_unknown(Writer& writer, const IncidentDetails& details) {
  const auto& incident = details.incident;
  writer.say(Section::why, incident.diagnosis ? "The cause was not found" : "The cause was not looked for");
  if (incident.diagnosis)
    for (const auto& sentence : incident.diagnosis->explanation)
      writer.say(Section::why, sentence.text, sentence.evidence_id);
  if (!incident.error_class.why.empty())
    writer.say(Section::why, fmt::format("What the code alone says: {}", incident.error_class.why));
  for (const auto& item : details.evidence.items)
    if (item.status == ProbeStatus::failed)
      writer.say(Section::why,
                 fmt::format("The probe {} failed, so what it would show is not known", item.probe), item.id);
}

struct CauseName {
  std::string_view cause;
  std::string_view name;
};
// Those that read badly as they are; the others are shown with spaces.
constexpr std::array kCauseNames = std::to_array<CauseName>({
    {"autovacuum_disabled", "autovacuum that is switched off"},
    {"connection_burst", "a burst of work"},
    {"connection_limit_of_one", "the limit of one role or database"},
    {"ddl_lock_queue", "a schema change that waits in front"},
    {"deadlock_lock_order", "a deadlock"},
    {"genuine_duplicate", "a genuine duplicate"},
    {"hot_row", "a hot row"},
    {"idle_in_transaction_blocker", "a forgotten transaction in front"},
    {"index_being_built", "a build that is still at work"},
    {"lock_wait", "waiting for a lock"},
    {"missing_schema_privilege", "a missing right on the schema"},
    {"missing_table_grant", "a missing right on a table"},
    {"not_owner_ddl", "a command that only the owner may run"},
    {"renamed_column", "a column that was renamed or dropped"},
    {"rls_policy_rejects", "row-level security"},
    {"sequence_behind_table", "a sequence that is behind its table"},
    {"serialization_storm", "serialization failures"},
    {"xmin_held_by_running_statement", "a statement that is at work"},
});

std::string name_of_cause(const std::string& cause) {
  const auto row = std::ranges::find(kCauseNames, cause, &CauseName::cause);
  return row == kCauseNames.end() ? in_words(cause) : std::string(row->name);
}

}  // namespace

void tell_why(Writer& writer, const IncidentDetails& details) {
  const auto& diagnosis = details.incident.diagnosis;
  const bool is_known = diagnosis && !diagnosis->playbook.empty();
  if (is_known) {
    // The diagnosis speaks in the present of then.
    if (is_closed(details.incident.state)) writer.say(Section::why, "This is what was found while it lasted");
    for (const auto& sentence : diagnosis->explanation)
      if (!is_advice(sentence)) writer.say(Section::why, sentence.text, sentence.evidence_id);
    tell_how_sure(writer, *diagnosis);
    tell_open_questions(writer, details);
  } else {
    tell_unknown(writer, details);
  }
  const auto* runbook = runbook_of(details.incident);
  writer.know(Section::why, runbook, &knowledge::Runbook::meaning);
  if (!is_known)
    writer.know_as("Usual reasons, the most frequent first", Section::why, runbook,
                   &knowledge::Runbook::reasons);
}

void tell_what_is_ruled_out(Writer& writer, const IncidentDetails& details) {
  const auto& diagnosis = details.incident.diagnosis;
  if (!diagnosis) return;
  for (const auto& other : diagnosis->ruled_out)
    writer.say(Section::ruled_out, fmt::format("Not {}: {}", name_of_cause(other.cause), other.why));
}

void tell_how_to_prevent(Writer& writer, const IncidentDetails& details) {
  const auto& diagnosis = details.incident.diagnosis;
  if (diagnosis && !diagnosis->playbook.empty())
    for (const auto& sentence : diagnosis->explanation)
      if (is_prevention(sentence)) writer.say(Section::prevent, sentence.text, sentence.evidence_id);
  writer.know(Section::prevent, runbook_of(details.incident), &knowledge::Runbook::prevent);
}

}  // namespace selfheal::assistant::internal
