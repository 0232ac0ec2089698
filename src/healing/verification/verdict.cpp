#include "healing/verification/verdict.h"

#include <algorithm>

namespace selfheal::healing {

Verdict verdict_of(const Playbook& playbook, const Case& before, const Case& after, Time acted_at) {
  const bool stale = std::ranges::any_of(playbook.probes, [&](const std::string& name) {
    const auto* item = after.evidence.find(name);
    return item == nullptr || item->taken_at < acted_at;
  });
  if (stale) return {VerdictWord::unknown, "there is no evidence from after the act"};
  auto judged = playbook.judge(before, after);
  if (!judged) return {VerdictWord::unknown, judged.error().message};
  if (judged->word == VerdictWord::cured && after.recurrences > 0)
    return {VerdictWord::unchanged, "the error came again after the act"};
  return *std::move(judged);
}

}  // namespace selfheal::healing
