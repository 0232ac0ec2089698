#include "assistant/internal/explanation_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <ranges>

#include "assistant/safe_text.h"

namespace selfheal::assistant::internal {
namespace {

bool has(const Evidence& evidence, std::string_view id) {
  return !id.empty() && std::ranges::find(evidence.items, id, &EvidenceItem::id) != evidence.items.end();
}

std::string main_source_of(const IncidentDetails& details) {
  const auto& evidence = details.evidence;
  std::map<std::string, int> cited;
  if (details.incident.diagnosis)
    for (const auto& check : details.incident.diagnosis->checks) {
      const auto item = std::ranges::find(evidence.items, check.evidence_id, &EvidenceItem::id);
      if (item != evidence.items.end() && item->probe != "error_event") ++cited[item->id];
    }
  const auto most = std::ranges::max_element(cited, {}, [](const auto& entry) { return entry.second; });
  if (most != cited.end()) return most->first;
  if (const auto* event = newest_answer(evidence, "error_event")) return event->id;
  return evidence.items.empty() ? to_text(details.incident.number) : evidence.items.front().id;
}

const std::optional<std::string>* cell(const EvidenceItem& item, std::size_t row, std::string_view column) {
  const auto found = std::ranges::find(item.columns, column);
  if (found == item.columns.end() || row >= item.rows.size()) return nullptr;
  const auto at = static_cast<std::size_t>(found - item.columns.begin());
  return at < item.rows[row].size() ? &item.rows[row][at] : nullptr;
}

// Where one sentence of our own prose ends and the next begins; npos at the last one.
std::size_t end_of_sentence(std::string_view text) {
  for (std::size_t at = text.find(". "); at != std::string_view::npos; at = text.find(". ", at + 1)) {
    const bool begins_one = at + 2 < text.size() && text[at + 2] >= 'A' && text[at + 2] <= 'Z';
    // "e.g. PgBouncer" goes on.
    const bool is_short_form = at >= 2 && text[at - 2] == '.';
    if (begins_one && !is_short_form) return at + 1;
  }
  return std::string_view::npos;
}

// SQL in prose: words that only statements write in capitals.
bool quotes_sql(std::string_view text) {
  static constexpr std::string_view kVerbs[] = {
      "SELECT ", "ALTER ",  "CREATE ", "DROP ",   "SET ",     "SHOW ",   "VACUUM", "ANALYZE", "GRANT ",
      "REINDEX", "INSERT ", "UPDATE ", "DELETE ", "REFRESH ", "REVOKE ", "BEGIN;", "EXPLAIN"};
  return std::ranges::any_of(kVerbs, [&](std::string_view verb) { return text.contains(verb); });
}

}  // namespace

Writer::Writer(const IncidentDetails& details, Explanation& explanation)
    : details_(details), explanation_(explanation), main_(main_source_of(details)) {}

void Writer::add(Section section, std::string_view text, std::string_view evidence_id, bool is_fixed) {
  if (text.empty()) return;
  const bool is_known = evidence_id.empty() || evidence_id == main_ || has(details_.evidence, evidence_id);
  explanation_.sentences.push_back(
      {.section = section,
       .text = pg::redact_own_text(text),
       .source = evidence_id.empty() || !is_known ? main_ : std::string(evidence_id),
       .is_proven = is_known,
       .is_fixed = is_fixed});
}

void Writer::say(Section section, std::string text, std::string_view evidence_id) {
  const bool is_fixed = quotes_sql(text);
  // A name may be made to look like a link, or like SQL; quote() shows a statement exactly as it runs.
  add(section, as_sentence(safe_text(text), explanation_.names), evidence_id, is_fixed);
}

std::string Writer::newest_source() const {
  return details_.evidence.items.empty() ? main_ : details_.evidence.items.back().id;
}

void Writer::quote(Section section, std::string text, std::string_view evidence_id) {
  add(section, text, evidence_id, true);
}

void Writer::know(Section section, const knowledge::Runbook* runbook,
                  std::string_view knowledge::Runbook::* field) {
  if (runbook == nullptr) return;
  auto text = runbook->*field;
  // SQL has full stops of its own.
  if (quotes_sql(text)) return add_known(section, *runbook, std::string(text), true);
  while (!text.empty()) {
    const auto end = end_of_sentence(text);
    add_known(section, *runbook, std::string(text.substr(0, end)), false);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

void Writer::know_as(std::string_view opening, Section section, const knowledge::Runbook* runbook,
                     std::string_view knowledge::Runbook::* field) {
  if (runbook == nullptr || (runbook->*field).empty()) return;
  add_known(section, *runbook, fmt::format("{}: {}", opening, runbook->*field), true);
}

void Writer::add_known(Section section, const knowledge::Runbook& runbook, std::string text, bool is_fixed) {
  explanation_.sentences.push_back({.section = section,
                                    .text = pg::redact_own_text(text),
                                    .source = fmt::format("K:{}", runbook.name),
                                    .is_fixed = is_fixed});
}

const EvidenceItem* newest_answer(const Evidence& evidence, std::string_view probe) {
  for (const auto& item : std::views::reverse(evidence.items))
    if (item.probe == probe && item.status == ProbeStatus::answered) return &item;
  return nullptr;
}

const EvidenceItem* newest(const Evidence& evidence, std::string_view probe) {
  const auto* item = newest_answer(evidence, probe);
  return item == nullptr || item->rows.empty() ? nullptr : item;
}

std::optional<std::int64_t> number_in(const EvidenceItem& item, std::size_t row, std::string_view column) {
  const auto* text = cell(item, row, column);
  if (text == nullptr || !*text) return std::nullopt;
  std::int64_t number = 0;
  const char* end = (*text)->data() + (*text)->size();
  const auto read = std::from_chars((*text)->data(), end, number);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return number;
}

std::optional<Time> time_in(const EvidenceItem& item, std::size_t row, std::string_view column) {
  const auto* text = cell(item, row, column);
  if (text == nullptr || !*text) return std::nullopt;
  const auto time = parse_time(**text);
  if (!time) return std::nullopt;
  return *time;
}

bool truth_in(const EvidenceItem& item, std::size_t row, std::string_view column) {
  const auto* text = cell(item, row, column);
  return text != nullptr && *text && **text == "t";
}

std::string moment(Time time) {
  const auto text = to_rfc3339(time);
  return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 8));
}

std::string length(Duration duration) {
  const auto seconds = std::max(0.0, to_seconds(duration));
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 172'800) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} days", seconds / 86'400);
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string as_sentence(std::string text, const std::vector<std::string>& names) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.pop_back();
  if (text.empty()) return text;
  // Names keep their case: "billing lacks …", "orders_id_seq is …". A word of ours has letters only.
  const auto word = text.substr(0, text.find_first_of(" ,:."));
  const bool is_word =
      !word.empty() && std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
  if (is_word && std::ranges::find(names, word) == names.end())
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  const char last = text.back();
  if (last != '.' && last != ';' && last != '?' && last != '!') text += '.';
  return text;
}

std::string in_words(std::string_view snake_case) {
  std::string words(snake_case);
  std::ranges::replace(words, '_', ' ');
  return words;
}

bool is_prevention(const Sentence& sentence) { return sentence.text.starts_with("So that "); }

const knowledge::Runbook* runbook_of(const Incident& incident) {
  if (incident.diagnosis && !incident.diagnosis->playbook.empty()) {
    if (const auto* runbook = knowledge::runbook_for_cause(incident.diagnosis->cause)) return runbook;
    if (const auto* runbook = knowledge::runbook_for_cause(incident.diagnosis->playbook)) return runbook;
  }
  if (!incident.trouble.empty()) {
    if (const auto* runbook = knowledge::runbook_named(incident.trouble)) return runbook;
    return nullptr;
  }
  return knowledge::runbook_for_error(incident.sqlstate, incident.redacted_message);
}

}  // namespace selfheal::assistant::internal
