#include "healing/taxonomy/taxonomy.h"

#include <algorithm>

#include "healing/taxonomy/internal/tables.h"
#include "pg/message_template.h"

namespace selfheal::healing {
namespace {

using internal::ClientFailureRow;
using internal::SplitRow;

template <class Row>
ErrorClass class_of(const Row& row, std::string_view condition) {
  return {.category = row.category,
          .category7 = row.category7,
          .severity = row.severity,
          .transient = row.transient,
          .auto_fixable = row.auto_fix == AutoFix::yes || row.auto_fix == AutoFix::retry,
          .condition = std::string(condition),
          .why = std::string(row.why)};
}

template <class Row, class Key>
const Row* find_sorted(std::span<const Row> rows, std::string_view key, Key key_of) {
  const auto found = std::ranges::lower_bound(rows, key, {}, key_of);
  return found != rows.end() && std::invoke(key_of, *found) == key ? &*found : nullptr;
}

ErrorClass application_raised(const CodeRow* borrowed) {
  auto answer = class_of(*find_code("P0001"), borrowed ? borrowed->condition : "");
  answer.why =
      "raised by RAISE in PL/pgSQL code: the application's meaning of the SQLSTATE, not the server's";
  return answer;
}

// `english` is the template of a message in another language, where it is known.
bool fits(const SplitRow& row, const ErrorEvent& event, std::string_view english) {
  if (!row.backend_type.empty() && row.backend_type != event.backend_type) return false;
  if (!row.routine.empty() && !event.routine.empty()) return row.routine == event.routine;
  return internal::fits(row.message, event.message) || internal::fits(row.message, english);
}

std::string_view english_of(const ErrorEvent& event) {
  const auto matched = pg::match_translated(event.message, event.sqlstate);
  return matched ? matched->tmpl->text : std::string_view();
}

const SplitRow* find_split(const ErrorEvent& event) {
  std::optional<std::string_view> english;
  for (const auto& row : std::ranges::equal_range(internal::splits(), std::string_view(event.sqlstate), {},
                                                  &SplitRow::sqlstate)) {
    if (!english) english = english_of(event);
    if (fits(row, event, *english)) return &row;
  }
  return nullptr;
}

// The code says what failed, the process for whom: nothing repeats the statement, and what helps a session is
// no help there.
ErrorClass of_process(ErrorClass answer, const ErrorEvent& event) {
  if (answer.category == Category::none || has_caller(event)) return answer;
  const auto* known =
      find_sorted(internal::processes(), event.backend_type, &internal::ProcessRow::backend_type);
  answer.auto_fixable = false;
  answer.why = known
                   ? known->why
                   : "a background process of the server or of an extension failed: no session asked for it";
  return answer;
}

ErrorClass class_of_code(const ErrorEvent& event) {
  const auto* code = find_code(event.sqlstate);
  // Classes P0, 38 and 39 are the application's own in any case, and keep their reasons.
  if ((!code || code->category != Category::application_raised) &&
      pg::raised_by(event.context, event.routine))
    return application_raised(code);
  if (const auto* split = find_split(event))
    return of_process(class_of(*split, code ? code->condition : ""), event);
  if (code) return of_process(class_of(*code, code->condition), event);
  const auto klass = std::string_view(event.sqlstate).substr(0, 2);
  const auto* by_class = find_sorted(internal::classes(), klass, &CodeRow::sqlstate);
  if (by_class) return of_process(class_of(*by_class, ""), event);
  return {.why = "a SQLSTATE that neither PostgreSQL 15 nor the SQL standard's classes know"};
}

ErrorClass class_of_finding(const std::string& trouble) {
  const auto* row = find_sorted(internal::findings(), trouble, &internal::FindingRow::trouble);
  if (!row) return {.why = "a finding without a row in the table of findings"};
  return {.category = row->category,
          .category7 = row->category,
          .severity = row->severity,
          .transient = Transience::conditional,
          .condition = trouble,
          .why = std::string(row->why)};
}

// A server's log always has the code or a sentence of the server, so only who saw the client's side can say
// that no server answered.
ErrorClass class_without_code(const ErrorEvent& event) {
  if (pg::raised_by(event.context, event.routine)) return application_raised(nullptr);
  if (event.intake == Intake::wire || event.intake == Intake::api) {
    const auto rows = internal::client_failures();
    const auto row = std::ranges::find_if(
        rows, [&](const ClientFailureRow& r) { return internal::fits(r.message, event.message); });
    if (row != rows.end())
      return {.category = Category::connection_issue,
              .category7 = Category::connection_issue,
              .severity = Severity::high,
              .transient = Transience::conditional,
              .condition = std::string(row->condition),
              .why = std::string(row->why)};
  }
  return {.why = "no SQLSTATE, and no failure of a client to reach its server"};
}

}  // namespace

std::span<const CodeRow> code_rows() { return internal::codes(); }

const CodeRow* find_code(std::string_view sqlstate) {
  return find_sorted(internal::codes(), sqlstate, &CodeRow::sqlstate);
}

ErrorClass classify(const ErrorEvent& event) {
  if (!event.trouble.empty()) return class_of_finding(event.trouble);
  return event.sqlstate.empty() ? class_without_code(event) : class_of_code(event);
}

bool internal::fits(std::string_view pattern, std::string_view text) {
  const auto head = pattern.substr(0, pattern.find('*'));
  if (!text.starts_with(head)) return false;
  text.remove_prefix(head.size());
  pattern.remove_prefix(head.size());
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const auto part = pattern.substr(0, pattern.find('*'));
    const auto at = text.find(part);
    if (at == text.npos) return false;
    text.remove_prefix(at + part.size());
    pattern.remove_prefix(part.size());
  }
  return true;
}

}  // namespace selfheal::healing
