#include "api/internal/views.h"

namespace selfheal::api {
namespace {

void add_diagnosis(contract::Incident& view, const Diagnosis& diagnosis) {
  view.cause = diagnosis.cause;
  view.title = diagnosis.title;
  view.category = to_text(diagnosis.category);
  view.severity = to_word(diagnosis.severity);
  view.confidence = to_word(diagnosis.confidence);
  for (const auto& check : diagnosis.checks)
    view.checks.push_back({check.id, check.title, to_word(check.status), check.evidence_id});
  for (const auto& other : diagnosis.ruled_out) view.ruled_out.push_back({other.cause, other.why});
  for (const auto& sentence : diagnosis.explanation)
    view.explanation.push_back({sentence.text, sentence.evidence_id});
  if (const auto& restraint = diagnosis.restraint)
    view.refusal = contract::Refusal{.kind = restraint->kind == Restraint::Kind::never ? "never" : "not_yet",
                                     .reason = restraint->reason,
                                     .statement = restraint->statement};
  view.retry = contract::Retry{diagnosis.retry.safe, diagnosis.retry.scope, diagnosis.retry.after_ms,
                               diagnosis.retry.why};
}

contract::Remedy remedy_of(const PlanShown& plan) {
  return {.plan_id = plan.plan_id,
          .plan_hash = plan.plan_hash,
          .expires_at = plan.expires_at == Time{} ? std::nullopt : std::optional(plan.expires_at),
          .action = plan.action,
          .title = plan.title,
          .statements = plan.statements,
          .guards = plan.guards,
          .risk = plan.risk,
          .undo = plan.undo,
          .level = plan.level,
          .decision = plan.decision,
          .reason = plan.reason};
}

contract::Treatment view_of(const Treatment& treatment) {
  contract::Treatment view{.id = treatment.number.value(),
                           .action = treatment.action,
                           .target = treatment.target,
                           .state = to_word(treatment.state),
                           .approved_by = treatment.approved_by,
                           .statements = treatment.statements,
                           .undo = treatment.undo,
                           .at = treatment.at,
                           .acted_at = treatment.acted_at,
                           .report = treatment.report,
                           .verdict = std::nullopt};
  if (treatment.verdict) view.verdict = to_word(treatment.verdict->word);
  return view;
}

// The best that can be said before anybody knows the cause.
std::string provisional_title(const Incident& incident) {
  if (!incident.redacted_message.empty()) return incident.redacted_message;
  return incident.error_class.condition.empty() ? incident.error_class.why : incident.error_class.condition;
}

}  // namespace

contract::Incident view_of(const Incident& incident) {
  const auto& prior = incident.error_class;
  contract::Incident view{.id = to_text(incident.number),
                          .rev = incident.rev,
                          .state = to_word(incident.state),
                          .category = to_text(prior.category),
                          .category7 = to_text(prior.category7),
                          .severity = to_word(prior.severity),
                          .sqlstate = incident.sqlstate,
                          .trouble = incident.trouble,
                          .title = provisional_title(incident),
                          .message = incident.redacted_message,
                          .statement = incident.statement_shape,
                          .confidence = to_word(Confidence::unknown),
                          .auto_fixable = prior.auto_fixable,
                          .transient = to_word(prior.transient),
                          .fingerprint = incident.name.fingerprint,
                          .family = incident.name.family,
                          .events = incident.events,
                          .first_seen = incident.first_seen,
                          .last_seen = incident.last_seen,
                          .server = incident.server.value(),
                          .database = incident.database,
                          .relieved_at = incident.relieved_at,
                          .closed_at = incident.closed_at};
  if (incident.diagnosis) add_diagnosis(view, *incident.diagnosis);
  if (incident.plan) view.remedy = remedy_of(*incident.plan);
  // The code is a prior; a plan that needs no person (level 2) is the better answer.
  if (incident.plan && incident.plan->level <= 2) view.auto_fixable = true;
  if (incident.verdict) {
    view.verdict = to_word(incident.verdict->word);
    view.verdict_reason = incident.verdict->reason;
  }
  return view;
}

contract::Incident view_of(const IncidentFile& file) {
  auto view = view_of(file.incident);
  view.blocking = blocking_in(file.evidence);
  if (file.merged_into) view.merged_into = to_text(*file.merged_into);
  for (const auto& treatment : file.treatments) view.treatments.push_back(view_of(treatment));
  for (const auto& entry : file.timeline) view.timeline.push_back({entry.at, entry.what, entry.text});
  return view;
}

}  // namespace selfheal::api
