#pragma once

#include <vector>

#include "healing/playbooks/playbook.h"

// What the playbooks that answer to a case make of it, for tests of several that must tell each other apart.
namespace selfheal::test {

struct Finding {
  const healing::Playbook* playbook = nullptr;  // null: nobody recognises it
  Diagnosis diagnosis;
};

// As healing/diagnose.h has it: the surest, among equals the first of the catalogue.
inline Finding finding_of(const Case& facts) {
  Finding best;
  for (const auto* playbook : healing::answering(facts.sighting)) {
    const auto found = playbook->diagnose(facts);
    if (!found || !*found) continue;
    if (best.playbook == nullptr || (*found)->confidence > best.diagnosis.confidence)
      best = {playbook, **found};
  }
  return best;
}

// Empty when the diagnosis holds back, or when the remedies cannot be made.
inline std::vector<healing::Remedy> remedies_of(const Case& facts) {
  const auto finding = finding_of(facts);
  if (finding.playbook == nullptr || finding.diagnosis.restraint) return {};
  return finding.playbook->propose(finding.diagnosis, facts).value_or(std::vector<healing::Remedy>{});
}

}  // namespace selfheal::test
