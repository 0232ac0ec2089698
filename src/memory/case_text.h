#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "knowledge/knowledge.h"
#include "memory/case_index.h"
#include "memory/embedder.h"
#include "pg/redact.h"

// What is written about a case into the index: always by these functions, so that what is measured is what is
// used.
namespace selfheal::memory {

// What the server said. `condition` is the code's name (unique_violation).
std::string error_text(const pg::RedactedError& error, std::string_view condition);
// What the runbook says about it, most of all how people call it.
std::string knowledge_text(const knowledge::Runbook& runbook);

// The runbook of a case: of its diagnosed cause (a playbook's name, may be empty), else of its error. nullptr
// when there is none.
const knowledge::Runbook* runbook_of(std::string_view cause, std::string_view sqlstate,
                                     std::string_view message);

// Rows with our own embedder's vectors. Any thread.
Row row_of(RowKind kind, std::string text, const DomainEmbedder& embedder);

}  // namespace selfheal::memory
