#include "explanations/recorded.h"

#include <gtest/gtest.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <cstdlib>
#include <fstream>

#include "contract/evidence.h"
#include "contract/incident.h"
#include "contract/json.h"
#include "healing/taxonomy/taxonomy.h"

namespace selfheal::test {
namespace {

using assistant::IncidentDetails;

// A line of the file.
struct Line {
  contract::Incident incident;
  std::vector<contract::EvidenceView> evidence;
};
BOOST_DESCRIBE_STRUCT(Line, (), (incident, evidence))

template <class Enum>
Enum word(const std::string& text) {
  const auto value = from_word<Enum>(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(Enum{});
}

Category category_of(const std::string& text) { return word<Category>(boost::to_lower_copy(text)); }

Diagnosis diagnosis_of(const contract::Incident& view) {
  Diagnosis diagnosis{.playbook = view.cause,
                      .cause = view.cause,
                      .title = view.title,
                      .category = category_of(view.category),
                      .severity = word<Severity>(view.severity),
                      .confidence = word<Confidence>(view.confidence)};
  for (const auto& check : view.checks)
    diagnosis.checks.push_back({check.id, check.title, word<CheckStatus>(check.status), check.evidence_id});
  for (const auto& other : view.ruled_out) diagnosis.ruled_out.push_back({other.cause, other.why});
  for (const auto& sentence : view.explanation)
    diagnosis.explanation.push_back({sentence.text, sentence.evidence_id});
  if (const auto& refusal = view.refusal)
    diagnosis.restraint =
        Restraint{.kind = refusal->kind == "never" ? Restraint::Kind::never : Restraint::Kind::not_yet,
                  .reason = refusal->reason,
                  .statement = refusal->statement};
  if (const auto& retry = view.retry)
    diagnosis.retry = {retry->safe, retry->scope, retry->after_ms, retry->why};
  return diagnosis;
}

PlanShown plan_of(const contract::Remedy& remedy) {
  return {.plan_id = remedy.plan_id,
          .plan_hash = remedy.plan_hash,
          .expires_at = remedy.expires_at.value_or(Time{}),
          .action = remedy.action,
          .title = remedy.title,
          .statements = remedy.statements,
          .guards = remedy.guards,
          .undo = remedy.undo,
          .risk = remedy.risk,
          .level = remedy.level,
          .decision = remedy.decision,
          .reason = remedy.reason};
}

Incident incident_of(const contract::Incident& view) {
  Incident incident{.number = IncidentNumber(std::stoll(view.id.substr(3))),
                    .server = ServerId(view.server),
                    .database = view.database,
                    .state = word<IncidentState>(view.state),
                    .name = {.family = {}, .fingerprint = view.fingerprint},
                    .error_class = healing::classify(
                        {.sqlstate = view.sqlstate, .trouble = view.trouble, .message = view.message}),
                    .sqlstate = view.sqlstate,
                    .trouble = view.trouble,
                    .events = view.events,
                    .first_seen = view.first_seen,
                    .last_seen = view.last_seen,
                    .closed_at = view.closed_at,
                    .redacted_message = view.message,
                    .statement_shape = view.statement};
  if (!view.explanation.empty()) incident.diagnosis = diagnosis_of(view);
  if (view.remedy) incident.plan = plan_of(*view.remedy);
  if (view.verdict) incident.verdict = Verdict{word<VerdictWord>(*view.verdict), view.verdict_reason};
  return incident;
}

IncidentDetails details_of(const Line& line) {
  IncidentDetails details{
      .incident = incident_of(line.incident), .timeline = {}, .evidence = {}, .treatments = {}};
  for (const auto& entry : line.incident.timeline)
    details.timeline.push_back({entry.at, entry.what, entry.text});
  for (const auto& item : line.evidence)
    details.evidence.items.push_back({.id = item.id,
                                      .probe = item.probe,
                                      .status = word<ProbeStatus>(item.status),
                                      .why = item.why,
                                      .taken_at = item.taken_at,
                                      .sql = {},
                                      .columns = item.columns,
                                      .rows = item.rows});
  for (const auto& treatment : line.incident.treatments)
    details.treatments.push_back({.number = TreatmentNumber(treatment.id),
                                  .incident = details.incident.number,
                                  .server = details.incident.server,
                                  .action = treatment.action,
                                  .target = treatment.target,
                                  .approved_by = treatment.approved_by,
                                  .state = word<TreatmentState>(treatment.state),
                                  .at = treatment.at,
                                  .acted_at = treatment.acted_at});
  return details;
}

}  // namespace

std::vector<IncidentDetails> recorded_incidents() {
  const char* root = std::getenv("SELFHEAL_SOURCE_DIR");
  std::ifstream in(std::string(root ? root : ".") + "/tests/explanations/recorded.jsonl");
  std::vector<IncidentDetails> incidents;
  for (std::string text; std::getline(in, text);) {
    const auto line = contract::from_text<Line>(text, contract::Reading::lenient);
    for (const auto& problem : line.problems) ADD_FAILURE() << problem.pointer << " " << problem.detail;
    incidents.push_back(details_of(line.value));
  }
  EXPECT_FALSE(incidents.empty());
  return incidents;
}

}  // namespace selfheal::test
