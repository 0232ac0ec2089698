#pragma once

#include <span>
#include <string_view>

#include "healing/taxonomy/taxonomy.h"

namespace selfheal::healing::internal {

std::span<const CodeRow> codes();    // sorted by SQLSTATE
std::span<const CodeRow> classes();  // sorted by the first two characters

// One of the troubles that share a code. All that is not empty must fit the event.
struct SplitRow {
  std::string_view sqlstate;
  // The kind of process that raised it, e.g. "autovacuum worker".
  std::string_view backend_type;
  // The function that raised it, when it raises nothing else with this code. Where the event knows its
  // routine, this decides instead of the message, in any language.
  std::string_view routine;
  // A pattern of `fits`.
  std::string_view message;
  Category category;
  Category category7;
  Severity severity;
  Transience transient;
  AutoFix auto_fix;
  std::string_view why;
};
// Sorted by SQLSTATE; of one code the first that fits decides.
std::span<const SplitRow> splits();

// Processes of the server that are nobody's session: nobody waits for an answer or can repeat the statement.
struct ProcessRow {
  std::string_view backend_type;
  std::string_view why;
};
std::span<const ProcessRow> processes();  // sorted

// What a client library says when there was no answer of a server, so that there is no SQLSTATE.
struct ClientFailureRow {
  std::string_view message;  // a pattern of `fits`
  std::string_view condition;
  std::string_view why;
};
// The first that fits decides.
std::span<const ClientFailureRow> client_failures();

// Findings of our own probes, which raise no error.
struct FindingRow {
  std::string_view trouble;
  Category category;
  Severity severity;
  std::string_view why;
};
std::span<const FindingRow> findings();  // sorted

// Whether `pattern` fits from the start of `text` on; `*` stands for any text, also none. What follows the
// pattern does not matter.
bool fits(std::string_view pattern, std::string_view text);

}  // namespace selfheal::healing::internal
