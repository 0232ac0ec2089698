#pragma once

#include "cli/internal/document.h"
#include "contract/explanation.h"

namespace selfheal::cli {

// A section each, the id of its evidence or runbook behind each sentence.
void show_explanation(Document& document, const contract::Explanation& explanation, const Style& style);

}  // namespace selfheal::cli
