#pragma once

#include "healing/playbooks/playbook.h"

namespace selfheal::healing {

// What the playbooks made of a case. Pure.
struct Finding {
  const Playbook* playbook = nullptr;  // null: nobody recognises it
  Diagnosis diagnosis;
  // One sentence for each playbook that could not think to its end (a probe failed): unknown is not healthy.
  std::vector<std::string> obstacles;
};

// The surest diagnosis; among equals the first in catalogue order. When none recognises the trouble, the
// diagnosis has confidence unknown and says what was asked.
Finding diagnose(const std::vector<const Playbook*>& playbooks, const Case& facts);

// The remedies of the finding, the smallest first; empty when the right answer is not to act.
Result<std::vector<Remedy>> propose(const Finding& finding, const Case& facts);

// Whether two findings tell a person the same, so that a repeated look need not be written down again.
bool says_the_same(const std::optional<Diagnosis>& before, const Diagnosis& after);

}  // namespace selfheal::healing
