// What to do now, by the state that the incident is in.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "assistant/internal/explanation_writer.h"

namespace selfheal::assistant::internal {
namespace {

constexpr auto kSection = Section::what_to_do;

void tell_the_plan(Writer& writer, const PlanShown& plan) {
  writer.say(kSection, fmt::format("The fix: {}", plan.title.empty() ? in_words(plan.action) : plan.title));
  // Comments say what the guard says again.
  for (const auto& statement : plan.statements)
    if (!statement.starts_with("--")) writer.quote(kSection, fmt::format("It runs: {}", statement));
  if (!plan.risk.empty()) writer.say(kSection, fmt::format("Its risk: {}", plan.risk));
  for (const auto& guard : plan.guards)
    writer.say(kSection, fmt::format("It acts only if this still holds: {}", guard));
  writer.say(kSection, plan.undo.empty() ? std::string("It can not be undone")
                                         : fmt::format("To undo it: {}", plan.undo));
}

void tell_the_proposal(Writer& writer, const PlanShown& plan, Time now) {
  tell_the_plan(writer, plan);
  writer.say(kSection, "It waits for the approval of a person");
  if (!plan.reason.empty()) writer.say(kSection, fmt::format("Why a person is asked: {}", plan.reason));
  if (plan.expires_at == Time{}) return;
  writer.say(kSection,
             plan.expires_at > now
                 ? fmt::format("The proposal holds until {}", moment(plan.expires_at))
                 : std::string("The proposal has expired: look at the incident again for a new one"));
}

// Policy shows it and lets nobody but a person run it.
void tell_the_suggestion(Writer& writer, const PlanShown& plan) {
  tell_the_plan(writer, plan);
  if (!plan.reason.empty())
    writer.say(kSection, fmt::format("Selfheal does not do it by itself: {}", plan.reason));
}

void tell_the_restraint(Writer& writer, const Restraint& restraint) {
  if (restraint.kind == Restraint::Kind::not_yet)
    writer.say(kSection,
               fmt::format("Nothing yet: {}. Selfheal looks again when it is next seen", restraint.reason));
  else
    writer.say(kSection, fmt::format("Selfheal does nothing here: {}", restraint.reason));
  if (restraint.statement.empty()) return;
  writer.quote(kSection, fmt::format("By hand: {}", restraint.statement));
}

void tell_of_repeating(Writer& writer, const RetryAdvice& retry) {
  if (!retry.safe || retry.why.empty()) return;
  const auto what = retry.scope.empty() ? std::string("request") : retry.scope;
  writer.say(kSection, retry.after_ms == 0
                           ? fmt::format("The application may repeat the {}: {}", what, retry.why)
                           : fmt::format("The application may repeat the {} after {} ms: {}", what,
                                         retry.after_ms, retry.why));
}

const Treatment* last_treatment(const IncidentDetails& details) {
  const auto newer = [](const Treatment& a, const Treatment& b) { return a.at < b.at; };
  const auto last = std::ranges::max_element(details.treatments, newer);
  return last == details.treatments.end() ? nullptr : &*last;
}

void tell_what_was_done(Writer& writer, const IncidentDetails& details) {
  const auto* treatment = last_treatment(details);
  if (treatment == nullptr) return;
  const auto when = treatment->acted_at ? " at " + moment(*treatment->acted_at) : std::string();
  const auto who = treatment->approved_by.empty() ? std::string() : ", approved by " + treatment->approved_by;
  writer.say(kSection, fmt::format("What was done: {} on {}{}{}", in_words(treatment->action),
                                   treatment->target, when, who));
  if (treatment->state == TreatmentState::reverted) writer.say(kSection, "It was taken back again");
  if (treatment->state == TreatmentState::unknown)
    writer.say(kSection, "Whether it ran to its end is not known: the process was stopped in between");
}

// What the diagnosis advises beside what policy lets be done.
void tell_the_hints(Writer& writer, const Diagnosis& diagnosis) {
  for (const auto& sentence : diagnosis.explanation)
    if (sentence.evidence_id.empty() && !is_prevention(sentence)) writer.say(kSection, sentence.text);
}

// States in which the next step is known without the diagnosis. True when nothing more is to be said.
bool tell_by_state(Writer& writer, const IncidentDetails& details) {
  switch (details.incident.state) {
    case IncidentState::healed:
      writer.say(kSection, "Nothing: it is healed", writer.newest_source());
      tell_what_was_done(writer, details);
      return true;
    case IncidentState::resolved:
      writer.say(kSection, "Nothing: it was closed as resolved", writer.newest_source());
      return true;
    case IncidentState::applying:
      writer.say(kSection, "Wait: the remedy is being applied");
      tell_what_was_done(writer, details);
      return true;
    case IncidentState::verifying:
      writer.say(kSection, "Wait: the remedy was applied and is not yet verified");
      tell_what_was_done(writer, details);
      return true;
    case IncidentState::failed:
      writer.say(kSection, "A person has to look: the remedy did not help");
      tell_what_was_done(writer, details);
      return false;
    case IncidentState::muted:
      writer.say(kSection, "It is muted: it is counted, and nobody is told");
      return false;
    default:
      return false;
  }
}

}  // namespace

void tell_what_to_do(Writer& writer, const IncidentDetails& details, Time now) {
  if (tell_by_state(writer, details)) return;
  const auto& incident = details.incident;
  const auto* runbook = runbook_of(incident);
  const bool is_known = incident.diagnosis && !incident.diagnosis->playbook.empty();
  const bool has_plan = incident.plan && incident.state != IncidentState::failed;
  if (has_plan && incident.state == IncidentState::awaiting_approval)
    tell_the_proposal(writer, *incident.plan, now);
  else if (is_known && incident.diagnosis->restraint)
    tell_the_restraint(writer, *incident.diagnosis->restraint);
  else if (has_plan)
    tell_the_suggestion(writer, *incident.plan);
  if (is_known) {
    tell_the_hints(writer, *incident.diagnosis);
    tell_of_repeating(writer, incident.diagnosis->retry);
  } else {
    writer.know_as("To find out which", kSection, runbook, &knowledge::Runbook::check);
  }
  writer.know(kSection, runbook, &knowledge::Runbook::fix);
}

}  // namespace selfheal::assistant::internal
