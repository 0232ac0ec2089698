// Errors as people paste them.
#include <algorithm>
#include <cctype>
#include <ranges>

#include "assistant/internal/question.h"
#include "knowledge/knowledge.h"
#include "pg/message_template.h"

namespace selfheal::assistant::internal {
namespace {

constexpr std::size_t kLongestLine = 2000;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\"'`").contains(text.front())) text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r`.!").contains(text.back())) text.remove_suffix(1);
  return text;
}

// Counts how often a text is held against PostgreSQL's sentences, so that a hostile one costs little.
class Matcher {
 public:
  bool is_message(std::string_view text) {
    if (left_ == 0 || text.empty()) return false;
    --left_;
    const auto match = pg::match_message(text);
    return match && !match->tmpl->sqlstate.empty();
  }

 private:
  int left_ = 1000;
};

// The beginning or end of the text that is one of PostgreSQL's sentences; a person's words may stand around
// it.
std::string_view message_within(Matcher& matcher, std::string_view text) {
  if (matcher.is_message(text)) return text;
  for (const auto* end : {"\" mean", "\",", " - ", "?", ". ", ", ", " mean", "! ", "\""}) {
    for (auto at = text.find(end); at != text.npos && at > 0; at = text.find(end, at + 1)) {
      const auto head = trimmed(text.substr(0, at));
      if (matcher.is_message(head)) return head;
      if (at + 1 < text.size() && matcher.is_message(trimmed(text.substr(0, at + 1))))
        return trimmed(text.substr(0, at + 1));
    }
  }
  return {};
}

std::string_view message_in_line(Matcher& matcher, std::string_view line) {
  line = trimmed(line.substr(0, kLongestLine));
  if (const auto found = message_within(matcher, line); !found.empty()) return found;
  // Behind "ERROR:", a client's class of exception, or a person's "I get".
  for (std::size_t at = 0; at < line.size(); ++at) {
    const bool starts = (line[at] == ':' || line[at] == '"') || (line[at] == ' ' && at < 80);
    if (!starts) continue;
    if (const auto found = message_within(matcher, trimmed(line.substr(at + 1))); !found.empty())
      return found;
  }
  return {};
}

// What stands behind the server's own word for a severity, when no template reads it.
std::string_view behind_severity(std::string_view text) {
  for (const std::string_view word : {"ERROR:", "FATAL:", "PANIC:"}) {
    const auto at = text.find(word);
    if (at == text.npos) continue;
    const auto rest = text.substr(at + word.size());
    return trimmed(rest.substr(0, rest.find('\n')));
  }
  return {};
}

bool is_sqlstate_shape(std::string_view word) {
  return word.size() == 5 && std::ranges::all_of(word, [](unsigned char c) { return std::isalnum(c); }) &&
         std::ranges::count_if(word, [](unsigned char c) { return std::isdigit(c); }) >= 2;
}

}  // namespace

std::string error_in(std::string_view text) {
  Matcher matcher;
  for (const auto part : text | std::views::split('\n'))
    if (const auto found = message_in_line(matcher, std::string_view(part)); !found.empty())
      return std::string(found);
  return std::string(behind_severity(text));
}

std::string sqlstate_in(std::string_view text, bool speaks_of_codes) {
  for (std::size_t i = 0; i < text.size();) {
    auto end = i;
    while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end]))) ++end;
    std::string word(text.substr(i, end - i));
    i = std::max(end, i + 1);
    if (!is_sqlstate_shape(word)) continue;
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::toupper(c); });
    const bool only_digits = std::ranges::all_of(word, [](unsigned char c) { return std::isdigit(c); });
    if (speaks_of_codes || !only_digits || trimmed(text) == word) return word;
    if (knowledge::runbook_for_error(word, "") != nullptr) return word;
  }
  return {};
}

}  // namespace selfheal::assistant::internal
