#include "knowledge/knowledge.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/check.h"
#include "knowledge/internal/embedded_runbooks.h"
#include "knowledge/internal/runbook_text.h"
#include "pg/message_template.h"

namespace selfheal::knowledge {
namespace {

using Map = std::unordered_map<std::string_view, const Runbook*>;

struct Library {
  std::deque<std::string> joined;  // what some of the runbooks' fields view
  std::vector<Runbook> runbooks;
  // Into the vector; a move of the whole leaves its elements where they are.
  Map by_cause;
  Map by_sqlstate;
  Map by_message;
};

const Runbook* find(const Map& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

void add(Map& map, const std::vector<std::string_view>& keys, const Runbook& runbook) {
  // One key, one runbook: two would hide each other.
  for (const auto key : keys) CHECK(map.emplace(key, &runbook).second);
}

Library load() {
  Library library;
  for (const auto& file : embedded::runbooks()) {
    auto parsed = internal::parse_runbooks(file.text, library.joined);
    CHECK(parsed.has_value());  // the texts are ours; the test names file and line
    std::ranges::move(*parsed, std::back_inserter(library.runbooks));
  }
  std::ranges::sort(library.runbooks, {}, &Runbook::name);
  CHECK(std::ranges::adjacent_find(library.runbooks, {}, &Runbook::name) == library.runbooks.end());
  for (const auto& runbook : library.runbooks) {
    add(library.by_cause, runbook.causes, runbook);
    add(library.by_sqlstate, runbook.sqlstates, runbook);
    add(library.by_message, runbook.messages, runbook);
  }
  return library;
}

const Library& library() {
  static const Library loaded = load();
  return loaded;
}

// Whether the server raises this sentence with this code. The sentences of which the table knows no single
// code may come with any of the server's, but not as PL/pgSQL's RAISE, which borrows sentences.
bool is_raised_with(const pg::MessageTemplate& sentence, std::string_view sqlstate) {
  if (sqlstate.empty()) return true;
  return sentence.sqlstate.empty() ? !sqlstate.starts_with("P0") : sentence.sqlstate == sqlstate;
}

// The sentence with the datatypes and the server's own words that this message has in it; the names and
// values stay slots.
std::string with_its_words(const pg::MatchedMessage& matched) {
  std::string text(matched.tmpl->text);
  std::size_t from = 0;
  for (const auto& slot : matched.slots) {
    const bool fills = slot.kind == pg::SlotKind::datatype || slot.kind == pg::SlotKind::word;
    if (!fills) continue;
    const std::string_view brace = slot.kind == pg::SlotKind::datatype ? "{datatype}" : "{word}";
    const auto at = text.find(brace, from);
    CHECK(at != text.npos);  // the template has the slots that were matched, in this order
    text.replace(at, brace.size(), slot.text);
    from = at + slot.text.size();
  }
  return text;
}

const Runbook* runbook_for_sentence(const pg::MatchedMessage& matched) {
  const auto* narrowest = find(library().by_message, with_its_words(matched));
  return narrowest != nullptr ? narrowest : find(library().by_message, matched.tmpl->text);
}

}  // namespace

std::span<const Runbook> runbooks() { return library().runbooks; }

const Runbook* runbook_named(std::string_view name) {
  const auto all = runbooks();
  const auto found = std::ranges::lower_bound(all, name, {}, &Runbook::name);
  return found != all.end() && found->name == name ? &*found : nullptr;
}

const Runbook* runbook_for_cause(std::string_view playbook) { return find(library().by_cause, playbook); }

const Runbook* runbook_for_error(std::string_view sqlstate, std::string_view message) {
  if (const auto sentence = pg::match_message(message);
      sentence && is_raised_with(*sentence->tmpl, sqlstate)) {
    if (const auto* narrow = runbook_for_sentence(*sentence)) return narrow;
    if (sqlstate.empty()) sqlstate = sentence->tmpl->sqlstate;
  }
  if (const auto* of_code = find(library().by_sqlstate, sqlstate)) return of_code;
  return find(library().by_sqlstate, sqlstate.substr(0, std::min<std::size_t>(2, sqlstate.size())));
}

}  // namespace selfheal::knowledge
