#pragma once

#include "healing/playbooks/playbook.h"

namespace selfheal::healing {

// Did it help? The playbook says whether the trouble is still there; this adds what holds for every verdict:
//  - an answer that could not be had is `unknown`, never `cured`;
//  - evidence from before the act proves nothing;
//  - an error that came again after the act is not cured, whatever the probes say.
Verdict verdict_of(const Playbook& playbook, const Case& before, const Case& after, Time acted_at);

}  // namespace selfheal::healing
