#include "memory/case_text.h"

#include <fmt/format.h>

namespace selfheal::memory {

std::string error_text(const pg::RedactedError& error, std::string_view condition) {
  std::string text(condition);
  for (const auto* part : {&error.message, &error.detail, &error.hint}) {
    if (part->empty() || part->text() == pg::kWithheld) continue;
    if (!text.empty()) text += '\n';
    text += part->text();
  }
  return text;
}

std::string knowledge_text(const knowledge::Runbook& runbook) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", runbook.title, runbook.aliases, runbook.meaning, runbook.reasons,
                     runbook.if_nobody_acts);
}

const knowledge::Runbook* runbook_of(std::string_view cause, std::string_view sqlstate,
                                     std::string_view message) {
  if (!cause.empty())
    if (const auto* runbook = knowledge::runbook_for_cause(cause)) return runbook;
  return knowledge::runbook_for_error(sqlstate, message);
}

Row row_of(RowKind kind, std::string text, const DomainEmbedder& embedder) {
  auto vector = embedder.vector_of(text);
  return {.kind = kind, .text = std::move(text), .vector = std::move(vector)};
}

}  // namespace selfheal::memory
