#include "memory/internal/documents.h"

#include <algorithm>

#include "base/random.h"
#include "memory/case_text.h"

namespace selfheal::memory::internal {
namespace {

// Error and knowledge; the rest are notes.
constexpr std::size_t kRowsBesideNotes = 2;

// What the store holds was redacted when it came; only the redactor can say so, and its second sweep is what
// it says it by.
pg::RedactedText again(std::string_view stored) { return pg::redact_own_text(stored); }

// Cut at a character: the redactor withholds what is no UTF-8.
std::string_view at_most_a_row(std::string_view text) {
  auto size = std::min(text.size(), kRowBytes);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return text.substr(0, size);
}

std::string text_of(const RememberedCase& past) {
  return error_text({.message = again(past.message),
                     .detail = again(past.detail),
                     .hint = again(past.hint),
                     .context = again(past.context),
                     .statement = again(past.statement)},
                    past.condition);
}

void add(Draft& draft, RowKind kind, pg::RedactedText text) {
  if (text.empty()) return;
  draft.document.rows.push_back({.kind = kind, .text = text.text()});
  draft.texts.push_back(std::move(text));
}

}  // namespace

Draft draft_of(const RememberedCase& past) {
  Draft draft;
  draft.document.key = std::string(past.is_proven ? kProven : kSeen) + past.fingerprint;
  draft.document.sqlstate = past.sqlstate;
  add(draft, RowKind::error, query_text(past));
  for (const auto& outcome : past.outcomes)
    if (!outcome.note.empty() && draft.document.rows.size() + kRowsBesideNotes <= kRowsOfCase)
      add(draft, RowKind::note, again(outcome.note));
  if (const auto* runbook = runbook_of(past.cause, past.sqlstate, past.message)) {
    draft.document.rows.push_back({.kind = RowKind::knowledge, .text = knowledge_text(*runbook)});
    draft.runbook = runbook->name;
  }
  return draft;
}

std::vector<Draft> runbook_drafts() {
  std::vector<Draft> drafts;
  for (const auto& runbook : knowledge::runbooks()) {
    Draft draft;
    draft.document.key = std::string(kRunbook) + std::string(runbook.name);
    const auto text = knowledge_text(runbook);
    add(draft, RowKind::knowledge, again(at_most_a_row(text)));
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

pg::RedactedText query_text(const RememberedCase& past) {
  const auto text = text_of(past);
  return again(at_most_a_row(text));
}

std::string knowledge_version() {
  std::string all;
  for (const auto& runbook : knowledge::runbooks()) {
    all += runbook.name;
    all += '\n';
    all += knowledge_text(runbook);
    all += '\n';
  }
  return sha256_hex(all).substr(0, 16);
}

}  // namespace selfheal::memory::internal
