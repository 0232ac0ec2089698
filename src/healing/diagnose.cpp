// Steps 9 and 10 of the story: what is it, and what would help.
#include "healing/diagnose.h"

#include <fmt/format.h>

#include <algorithm>

namespace selfheal::healing {
namespace {

Diagnosis unrecognised(const std::vector<const Playbook*>& playbooks, const Case& facts,
                       const std::vector<std::string>& obstacles) {
  Diagnosis diagnosis{.title = facts.sighting.error_class.why,
                      .category = facts.sighting.error_class.category,
                      .severity = facts.sighting.error_class.severity};
  if (playbooks.empty())
    diagnosis.explanation.push_back({"No playbook answers to this kind of error.", {}});
  else if (obstacles.empty())
    diagnosis.explanation.push_back(
        {fmt::format("{} playbook{} looked at the evidence and did not recognise it.", playbooks.size(),
                     playbooks.size() == 1 ? "" : "s"),
         {}});
  else
    diagnosis.explanation.push_back({"The evidence could not be read, so nothing is claimed.", {}});
  return diagnosis;
}

}  // namespace

Finding diagnose(const std::vector<const Playbook*>& playbooks, const Case& facts) {
  Finding best;
  for (const auto* playbook : playbooks) {
    auto found = playbook->diagnose(facts);
    if (!found) {
      best.obstacles.push_back(fmt::format("{}: {}", playbook->name, found.error().message));
      continue;
    }
    if (!*found || (best.playbook != nullptr && (*found)->confidence <= best.diagnosis.confidence)) continue;
    best.playbook = playbook;
    best.diagnosis = **std::move(found);
  }
  if (best.playbook == nullptr) best.diagnosis = unrecognised(playbooks, facts, best.obstacles);
  return best;
}

Result<std::vector<Remedy>> propose(const Finding& finding, const Case& facts) {
  if (finding.playbook == nullptr || finding.diagnosis.restraint) return std::vector<Remedy>{};
  return finding.playbook->propose(finding.diagnosis, facts);
}

bool says_the_same(const std::optional<Diagnosis>& before, const Diagnosis& after) {
  return before && before->cause == after.cause && before->confidence == after.confidence &&
         before->culprit.name == after.culprit.name &&
         before->restraint.has_value() == after.restraint.has_value() &&
         (!after.restraint || before->restraint->kind == after.restraint->kind);
}

}  // namespace selfheal::healing
